//! The catalogue as one document: what is read is what can be applied, in JSON and as the file; twice is once.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::world::{Answer, CATALOGUE, World};

const PATH: &str = "/v1/admin/catalogue";

async fn toml(world: &World, method: &str, path: &str, text: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", world.admin))
        .header("accept", "application/toml")
        .header("content-type", "application/toml");
    world.send(request.body(Body::from(text.to_owned())).unwrap()).await
}

fn is_unchanged(planned: &Value) -> bool {
    let items = planned["items"].as_array().unwrap();
    items.len() == 4 && items.iter().all(|part| part["changes"] == json!([]))
}

#[tokio::test]
async fn what_is_read_says_what_is_in_force_in_either_form() {
    let world = World::sqlite().await;
    let catalogue = world.get(PATH).await.ok();
    assert_eq!(catalogue["modes"], json!({"fast": "1", "relaxed": "0.25"}));
    assert_eq!(catalogue["plans"]["team"]["caps"]["ceiling"]["credits"], "10000");
    assert!(is_unchanged(
        &world.post(&format!("{PATH}/plan"), &catalogue).await.ok()
    ));
    let file = toml(&world, "GET", PATH, "").await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/toml"));
    let text = file.body.as_str().unwrap();
    assert!(is_unchanged(
        &toml(&world, "POST", &format!("{PATH}/plan"), text).await.ok()
    ));
    assert!(is_unchanged(
        &toml(&world, "POST", &format!("{PATH}/plan"), CATALOGUE).await.ok()
    ));
}

#[tokio::test]
async fn applying_publishes_what_differs_and_twice_is_once() {
    let world = World::sqlite().await;
    let mut catalogue = world.get(PATH).await.ok();
    catalogue["plans"]["team"]["seats"] = json!(3);
    let planned = world.post(&format!("{PATH}/plan"), &catalogue).await.ok();
    let team = planned["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["plan"] == "team")
        .unwrap();
    assert_eq!(team["changes"], json!([{"what": "seats", "from": null, "to": "3"}]));
    for new in [true, false] {
        let applied = world.put(PATH, &catalogue).await.ok();
        let items = applied["items"].as_array().unwrap();
        assert_eq!(items[0], json!({"plan": null, "version": 1, "new": false}));
        let team = items.iter().find(|part| part["plan"] == "team").unwrap();
        assert_eq!(*team, json!({"plan": "team", "version": 2, "new": new}));
    }
    let applied = toml(&world, "PUT", PATH, CATALOGUE).await.ok();
    assert!(
        applied["items"]
            .as_array()
            .unwrap()
            .contains(&json!({"plan": "team", "version": 3, "new": true}))
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_published() {
    let world = World::sqlite().await;
    let before = world.get(PATH).await.ok();
    let mut wrong = before.clone();
    wrong["plans"]["team"]["kind"] = json!("free");
    wrong["platforms"]["web"] = json!("wide");
    let answer = world.put(PATH, &wrong).await;
    answer.is_problem(422, "invalid_request");
    let fields: Vec<&str> = answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["platforms.web", "plans.team.kind"]);
    let answer = toml(&world, "PUT", PATH, "[modes]\nfast = \n").await;
    answer.is_problem(422, "invalid_request");
    assert!(
        answer.body["errors"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("line 2:")
    );
    world
        .put(PATH, &json!({"colour": "red"}))
        .await
        .is_problem(422, "invalid_request");
    let request = Request::put(PATH)
        .header("authorization", format!("Bearer {}", world.admin))
        .header("content-type", "text/plain");
    let answer = world.send(request.body(Body::from(CATALOGUE)).unwrap()).await;
    answer.is_problem(415, "unsupported_media_type");
    assert_eq!(world.get(PATH).await.ok(), before);
}
