//! The OpenAPI document: the committed copy is this version's, every route is in it, and every example in it works.

use drawdown_server::api;
use serde_json::{Value, json};

use crate::admin::scene;
use crate::process::repository;
use crate::world::{World, images};

pub(crate) fn document() -> Value {
    serde_json::from_str(&api::document_text()).unwrap()
}

/// Path, method and description of every operation.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path.clone(), method.to_uppercase(), operation.clone()))
    });
    each.collect()
}

#[test]
fn the_committed_copy_is_this_version() {
    let committed = repository("src/server/openapi.json");
    let text = std::fs::read_to_string(&committed).unwrap_or_default();
    assert!(
        text.trim_end() == api::document_text().trim_end(),
        "{} is not what the routes say; write it anew by `cargo run -p drawdown -- openapi > src/server/openapi.json`",
        committed.display()
    );
}

#[test]
fn every_operation_is_described() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    assert_eq!(
        operations.len(),
        77,
        "a route was added or removed: correct this number"
    );
    let mut identifiers: Vec<&str> = operations
        .iter()
        .map(|(.., operation)| operation["operationId"].as_str().unwrap())
        .collect();
    identifiers.sort_unstable();
    identifiers.dedup();
    assert_eq!(
        identifiers.len(),
        operations.len(),
        "two operations share an identifier"
    );
    for (path, method, operation) in &operations {
        let place = format!("{method} {path}");
        assert!(
            operation["summary"]
                .as_str()
                .is_some_and(|summary| summary.ends_with('.')),
            "{place}"
        );
        assert!(
            operation["responses"]["4XX"].is_object() && operation["responses"]["5XX"].is_object(),
            "{place}"
        );
        if ["POST", "PUT"].contains(&method.as_str()) {
            assert!(!examples(operation).is_empty(), "{place} has no example");
        }
    }
}

/// Every example of a request's body.
pub(crate) fn examples(operation: &Value) -> Vec<Value> {
    let content = &operation["requestBody"]["content"]["application/json"];
    let named = content["examples"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, example)| example["value"].clone());
    named.chain(content.get("example").cloned()).collect()
}

#[tokio::test]
async fn every_example_works() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let bodies = match examples(&operation) {
            none if none.is_empty() => vec![Value::Null],
            some => some,
        };
        for body in bodies {
            let world = World::sqlite().await;
            let path = prepared(&world, &path, &operation).await;
            let text = if body.is_null() {
                String::new()
            } else {
                body.to_string()
            };
            let answer = world.raw(&method, &path, text).await;
            let status = answer.status.to_string();
            let described = &operation["responses"][&status];
            assert!(
                described.is_object(),
                "{method} {path} {body}: {status} {:#}",
                answer.body
            );
            if answer.status != 204 {
                let schema = &described["content"]["application/json"]["schema"];
                let mut wrong = Vec::new();
                conforms(&document, schema, &answer.body, "", &mut wrong);
                assert!(wrong.is_empty(), "{method} {path}: {wrong:?}\n{:#}", answer.body);
            }
            if path == "/v1/usage" {
                let rejected = answer.body["results"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|result| result["status"] == "rejected");
                assert_eq!(rejected, None);
            }
            world.verify().await;
        }
    }
}

/// A world in which the operation makes sense, and its path with the examples of its parameters.
pub(crate) async fn prepared(world: &World, path: &str, operation: &Value) -> String {
    world.clock.step_seconds(86_400 * 300);
    let grant = world.grant("acme", "1000").await;
    let hold = world.post("/v1/authorize", &images("acme", 5)).await.ok();
    let code = json!({"customer": "acme", "use_case": "code", "quantities": {"context_tokens": 4000}});
    let code_hold = world.post("/v1/authorize", &code).await.ok();
    let cap = json!({"window": "month", "credits": "50"});
    let throttle = json!({"requests": 50, "per": "hour"});
    if operation["operationId"].as_str().unwrap().starts_with("delete") {
        world.put("/v1/customers/acme/caps/monthly", &cap).await.ok();
        world.put("/v1/customers/acme/throttles/steady", &throttle).await.ok();
    }
    let admin = if path.starts_with("/v1/admin/") {
        scene::values(world, operation["operationId"].as_str().unwrap()).await
    } else {
        Vec::new()
    };
    let mut filled = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let example = parameter["example"].as_str();
        if parameter["in"] == "query" {
            query.extend(example.map(|example| format!("{name}={}", example.replace(' ', "+"))));
            continue;
        }
        let known = admin.iter().find(|(known, _)| *known == name);
        let value = match (name, path) {
            _ if known.is_some() => known.unwrap().1.as_str(),
            ("id", path) if path.contains("/grants/") => grant["id"].as_str().unwrap(),
            ("id", path) if path.ends_with("/capture") => code_hold["hold"]["id"].as_str().unwrap(),
            ("id", _) => hold["hold"]["id"].as_str().unwrap(),
            _ => example.unwrap_or_else(|| panic!("{path}: {name} has no example")),
        };
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    if query.is_empty() {
        filled
    } else {
        format!("{filled}?{}", query.join("&"))
    }
}

/// Notes where a value is not what its schema says: unknown and missing fields, and types.
fn conforms(document: &Value, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/components/schemas/");
        let target = &document["components"]["schemas"][name];
        assert!(target.is_object(), "{reference} leads nowhere");
        return conforms(document, target, value, place, wrong);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().any(|choice| {
            let mut inner = Vec::new();
            conforms(document, choice, value, place, &mut inner);
            inner.is_empty()
        });
        if !fits {
            wrong.push(format!("{place} fits no choice"));
        }
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.is_empty() && !types.contains(&actual) {
        wrong.push(format!("{place} is {actual}, not {types:?}"));
        return;
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                conforms(document, &schema["items"], item, &format!("{place}[{index}]"), wrong);
            }
        }
        Value::Object(fields) => {
            let Some(properties) = schema["properties"].as_object() else {
                return;
            };
            for (name, field) in fields {
                match properties.get(name) {
                    Some(property) => conforms(document, property, field, &format!("{place}.{name}"), wrong),
                    None => wrong.push(format!("{place}.{name} is not described")),
                }
            }
            for name in schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                if !fields.contains_key(name) {
                    wrong.push(format!("{place}.{name} is missing"));
                }
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_document_and_its_page_are_served() {
    let world = World::sqlite().await;
    let served = world.get("/v1/openapi.json").await;
    assert_eq!(served.status, 200);
    assert_eq!(served.body, document());
    let page = world.get("/v1/docs/").await;
    assert_eq!(page.status, 200, "{:#}", page.body);
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    assert!(
        !page.body.as_str().unwrap().contains("<script>"),
        "inline scripts would be blocked"
    );
}

#[tokio::test]
async fn every_code_is_explained_where_its_type_leads() {
    let world = World::sqlite().await;
    let problem = world.get("/v1/customers/nobody").await;
    let explained = world.get(problem.body["type"].as_str().unwrap()).await.ok();
    assert_eq!(explained["code"], "unknown_customer");
    let all = world.get("/v1/problems").await.ok();
    assert!(all.as_array().unwrap().len() > 30);
    world.get("/v1/problems/nonsense").await.is_problem(404, "not_found");
}
