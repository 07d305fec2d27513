//! The one table of the codes that `/v1` answers with. A code, once published, keeps its meaning: programs switch on it.
//!
//! Each row is the code, the HTTP status it comes with, its title, and what the caller can do about it. The table is
//! served at `/v1/problems`, so that the `type` of every problem document leads to its explanation.

use axum::http::StatusCode;

macro_rules! codes {
    ($($name:ident = $code:literal, $status:ident, $title:literal, $remedy:literal;)+) => {
        /// A stable code of a problem document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code as it stands in a problem document.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status that it comes with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// What it means, in a few words: the same every time.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// What the caller can do about it.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)+ }
            }
        }
    };
}

codes! {
    // The request as such.
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not JSON", "Send one JSON document in UTF-8.";
    InvalidAddress = "invalid_address", BAD_REQUEST, "The address is not valid", "Percent-encode its parts as UTF-8.";
    InvalidQuery = "invalid_query", BAD_REQUEST, "The query string is not valid", "Correct the parameters named in errors.";
    InvalidIdempotencyKey = "invalid_idempotency_key", BAD_REQUEST, "The idempotency key is not valid", "Send 1 to 255 printable ASCII characters in Idempotency-Key.";
    InvalidCursor = "invalid_cursor", BAD_REQUEST, "The cursor is not valid", "Pass next_cursor of the page before, unchanged.";
    InvalidRequest = "invalid_request", UNPROCESSABLE_ENTITY, "The request is not valid", "Correct the fields named in errors.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is not announced as JSON", "Send Content-Type: application/json.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large", "Send less at once: 2 MiB of usage, 64 KiB of anything else.";
    BatchTooLarge = "batch_too_large", PAYLOAD_TOO_LARGE, "The batch has too many events", "Send at most 1000 events in one request.";
    UnknownRoute = "unknown_route", NOT_FOUND, "There is no such address", "See /v1/openapi.json for what there is.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The address does not take this method", "See the Allow header for the methods that it takes.";

    // Who asks.
    MissingKey = "missing_key", UNAUTHORIZED, "No API key was given", "Send Authorization: Bearer with a secret that begins with dd_sk_.";
    InvalidKey = "invalid_key", UNAUTHORIZED, "The API key is not valid", "Use a key that exists and was not revoked; drawdown key create makes one.";
    InsufficientScope = "insufficient_scope", FORBIDDEN, "The API key may not do this", "Use a key of a wider scope.";
    SecondPersonNeeded = "second_person_needed", FORBIDDEN, "It needs a second person", "Ask for it with POST /v1/admin/customers/{key}/grants: a person of the staff approves it on the pages.";

    // What is asked about.
    UnknownCustomer = "unknown_customer", NOT_FOUND, "There is no such customer", "Create it with PUT /v1/customers/{key}.";
    UnknownHold = "unknown_hold", NOT_FOUND, "There is no such hold", "Use the identifier that authorize answered with.";
    UnknownGrant = "unknown_grant", NOT_FOUND, "There is no such grant", "See GET /v1/customers/{key}/grants.";
    UnknownLimit = "unknown_limit", NOT_FOUND, "There is no such limit", "See GET /v1/customers/{key}/limits.";
    UnknownPlan = "unknown_plan", NOT_FOUND, "There is no such plan", "Publish it with drawdown catalogue apply.";
    NotFound = "not_found", NOT_FOUND, "There is no such thing", "Check the identifier.";

    // What has a price.
    NoRateCard = "no_rate_card", CONFLICT, "No rate card is published", "Publish one with drawdown catalogue apply.";
    UnknownUseCase = "unknown_use_case", UNPROCESSABLE_ENTITY, "The use case does not exist", "Use one of the catalogue.";
    UnknownMode = "unknown_mode", UNPROCESSABLE_ENTITY, "The use case has no such mode", "Use one of its ladder.";
    UnknownPlatform = "unknown_platform", UNPROCESSABLE_ENTITY, "The platform does not exist", "Use one of the catalogue.";
    UnknownMeter = "unknown_meter", UNPROCESSABLE_ENTITY, "The use case has no such meter", "Use the meters of the use case.";
    NoQuantity = "no_quantity", UNPROCESSABLE_ENTITY, "No quantity is given", "Name at least one meter with a quantity above zero.";
    AmbiguousQuantity = "ambiguous_quantity", UNPROCESSABLE_ENTITY, "The quantity names no meter", "The use case has several meters: name them in quantities.";
    AmountTooLarge = "amount_too_large", UNPROCESSABLE_ENTITY, "The amount is too large", "Credits are kept below 9.2 million million.";
    OutOfRange = "out_of_range", UNPROCESSABLE_ENTITY, "A value is out of its range", "Correct it as the detail says.";
    InFuture = "in_future", UNPROCESSABLE_ENTITY, "The event lies in the future", "Report usage at most 5 minutes ahead of the server's clock.";

    // What stands in the way.
    HoldCaptured = "hold_captured", CONFLICT, "The hold was captured already", "Nothing: a hold ends once.";
    HoldReleased = "hold_released", CONFLICT, "The hold was released already", "Record what was used with POST /v1/usage.";
    HoldExpired = "hold_expired", CONFLICT, "The hold has expired", "Record what was used with POST /v1/usage; ask for a longer ttl_s or extend.";
    GrantEnded = "grant_ended", CONFLICT, "The grant is void or expired", "Make a new grant.";
    InvalidGrant = "invalid_grant", UNPROCESSABLE_ENTITY, "The grant is not valid", "Correct it as the detail says.";
    InvalidLimit = "invalid_limit", UNPROCESSABLE_ENTITY, "The limit is not valid", "Correct it as the detail says.";
    VendorLimit = "vendor_limit", FORBIDDEN, "The limit is the vendor's", "Change it in the plan.";
    AboveCeiling = "above_ceiling", UNPROCESSABLE_ENTITY, "The cap is above the vendor's ceiling", "Set it at or below the ceiling.";
    NoPlan = "no_plan", CONFLICT, "The customer has no plan", "Set one with PUT /v1/customers/{key}.";
    EventReused = "event_id_reused", CONFLICT, "The event id is known with another content", "Give every event an id of its own.";
    IdempotencyKeyReused = "idempotency_key_reused", CONFLICT, "The idempotency key was used for another request", "Use a new key for a new request.";
    NothingUnspent = "nothing_unspent", CONFLICT, "Nothing of the grant is unspent", "See GET /v1/customers/{key}/grants.";
    AlreadyAsked = "already_asked", CONFLICT, "Taking this grant back waits for a second person", "See GET /v1/admin/customers/{key}/adjustments.";
    UnderContract = "under_contract", CONFLICT, "The customer is under a contract", "Amend the contract, or change the plan at renewal.";
    ContractRunning = "contract_running", CONFLICT, "Another contract runs at that time", "End it, or begin later.";
    ContractBegun = "contract_begun", CONFLICT, "It has taken effect", "Amend the contract, or end it with its term.";
    ContractWithdrawn = "contract_withdrawn", CONFLICT, "The contract was taken back", "Sign another one.";
    NotTheLast = "not_the_last", CONFLICT, "Another amendment was agreed after it", "Take that back first.";
    AmendmentWaits = "amendment_waits", CONFLICT, "An amendment is agreed beyond the present term", "Take it back first.";
    CurrencyFixed = "currency_fixed", CONFLICT, "The plan is in another currency", "Use a plan in the customer's currency.";
    ChangedMeanwhile = "changed_meanwhile", CONFLICT, "What is agreed was changed at the same time", "Repeat.";
    DraftChanged = "draft_changed", CONFLICT, "The draft is another one by now", "Read the draft again, and name its revision.";
    DraftBehind = "draft_behind", CONFLICT, "Another version was published, or taken back, since the draft was begun", "Discard the draft and put it again, once you have seen what differs.";
    DraftNotValid = "draft_not_valid", CONFLICT, "The draft cannot be published yet", "Correct what the detail names.";
    NothingChanges = "nothing_changes", CONFLICT, "There is nothing to publish", "It is in force as it is.";
    NotScheduled = "not_scheduled", CONFLICT, "The version is not scheduled any more", "Publish another version.";
    Conflict = "conflict", CONFLICT, "The request conflicts with what is there", "Read the state again and repeat.";

    // When it cannot be answered now.
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many requests", "Wait for as many seconds as Retry-After says.";
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "The server is busy", "Repeat after Retry-After seconds; writes with the same Idempotency-Key.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The database cannot be reached", "Repeat after Retry-After seconds; writes with the same Idempotency-Key, for they may have been done.";
    Timeout = "timeout", SERVICE_UNAVAILABLE, "The answer took too long", "Repeat; writes with the same Idempotency-Key.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong inside", "Repeat later; writes with the same Idempotency-Key. Name request_id when you ask for help.";
}

impl Code {
    /// The code for an answer that was made without one (a router's own 404, a limit's 413).
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::MissingKey,
            StatusCode::FORBIDDEN => Self::InsufficientScope,
            StatusCode::NOT_FOUND => Self::UnknownRoute,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Self::Timeout,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Self::InvalidRequest,
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            status if status.is_client_error() => Self::InvalidAddress,
            _ => Self::Internal,
        }
    }

    /// The code of that text, if it is one of the table.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_is_there_once_and_reads_back() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
