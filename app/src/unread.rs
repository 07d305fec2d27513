//! What could not be read of a form: each error at its field, and all of them told at once.

use drawdown_service::{FieldError, ServiceError};

/// The errors of a form that is being read.
#[derive(Debug, Default)]
pub(crate) struct Unread(Vec<FieldError>);

impl Unread {
    /// Notes what is wrong with a field and what would be right.
    pub(crate) fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError {
            field: field.to_owned(),
            code: "unreadable",
            message: message.into(),
        });
    }

    /// What a field was read as; where it was not, why is noted.
    pub(crate) fn take<T>(&mut self, field: &str, read: Result<T, impl Into<String>>) -> Option<T> {
        read.map_err(|message| self.refuse(field, message)).ok()
    }

    /// What the form says, where nothing was refused; `None` only where something was.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] with everything that was refused, by field.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, ServiceError> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(ServiceError::Invalid(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typed;

    #[test]
    fn everything_that_cannot_be_read_is_told_at_once() {
        let mut unread = Unread::default();
        let whole = unread.take("whole", typed::count("12"));
        let half = unread.take("half", typed::count("0.5"));
        unread.refuse("kind", "choose one");
        assert_eq!((whole, half), (Some(12), None));
        let Err(ServiceError::Invalid(errors)) = unread.finish(whole) else {
            panic!("refused")
        };
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["half", "kind"]);
    }

    #[test]
    fn what_is_right_is_read() {
        assert_eq!(Unread::default().finish(Some(7)).unwrap(), 7);
    }
}
