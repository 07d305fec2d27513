//! `/v1/admin/customers/{key}/notes`: the vendor's notes on a customer. They are added and never changed; no member sees them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use drawdown_domain::id::CustomerNoteId;
use drawdown_service::account::NoteView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::call::CallId;
use crate::api::ApiState;
use crate::api::customers::customer_key;
use crate::api::problem::{Problem, Problems};
use crate::api::time;
use crate::api::write::Write;

/// A note to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AddNote)]
#[serde(deny_unknown_fields)]
pub(super) struct AddNoteWire {
    /// What it says: 1 to 2000 characters.
    text: String,
}

/// A note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
pub(super) struct NoteWire {
    /// Who wrote it; of a key, its name.
    author: String,
    /// What it says.
    text: String,
    /// When it was written.
    at: String,
}

/// Notes on a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notes)]
pub(super) struct NotesWire {
    /// The newest first, 100 at most.
    items: Vec<NoteWire>,
}

impl From<&NoteView> for NoteWire {
    fn from(note: &NoteView) -> Self {
        Self {
            author: note.author.clone(),
            text: note.text.clone(),
            at: time::format(note.at.at),
        }
    }
}

/// The notes on a customer, the newest first.
#[utoipa::path(
    get, path = "/v1/admin/customers/{key}/notes", tag = "admin: customers", operation_id = "admin_list_notes",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    responses((status = 200, description = "The notes", body = NotesWire), Problems),
)]
pub(super) async fn list(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
) -> Result<Json<NotesWire>, Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let notes = state.service.notes(&actor, organization).await?;
    Ok(Json(NotesWire {
        items: notes.iter().map(NoteWire::from).collect(),
    }))
}

/// Adds a note on a customer.
#[utoipa::path(
    post, path = "/v1/admin/customers/{key}/notes", tag = "admin: customers", operation_id = "admin_add_note",
    params(("key" = String, Path, description = "The customer", example = "acme")),
    request_body(content = AddNoteWire, example = json!({"text": "Renewal is decided in May, by Ines."})),
    responses((status = 201, description = "The note", body = NoteWire), Problems),
)]
pub(super) async fn add(
    State(state): State<ApiState>,
    Admin(actor): Admin,
    Path(key): Path<String>,
    CallId(id): CallId,
    write: Write<AddNoteWire>,
) -> Result<(StatusCode, Json<NoteWire>), Problem> {
    let organization = state.service.organization_of(&actor, &customer_key(&key)?).await?;
    let id = CustomerNoteId::from_uuid(id);
    let note = state
        .service
        .add_note(&actor, organization, id, &write.body.text)
        .await?;
    Ok((StatusCode::CREATED, Json(NoteWire::from(&note))))
}
