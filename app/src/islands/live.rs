//! Keeps the page as its server would show it now, and says whether it does: live, reconnecting or paused.
//!
//! One event stream tells the organization's version. When it differs from the page's, the page is fetched again and
//! each element that carries `data-live="name"` takes over what differs; an element that holds the focus waits for the
//! next change, and a `details` with an identifier stays open. The page rests at least a second, and four times as long as the fetch took (at most five seconds), between two fetches; while
//! it is hidden the stream is closed.

use leptos::prelude::*;

/// Said on the document after something was taken over.
pub const CHANGED_EVENT: &str = "drawdown-changed";

/// The dot and its word.
#[island]
pub fn Live(
    /// The version of the organization that the page shows.
    version: String,
) -> impl IntoView {
    let state = RwSignal::new("connecting");
    #[cfg(feature = "hydrate")]
    browser::follow(version, state);
    #[cfg(not(feature = "hydrate"))]
    let _ = version;
    let word = move || match state.get() {
        "live" => "Live",
        "reconnecting" => "Reconnecting",
        "paused" => "Paused",
        _ => "Connecting",
    };
    view! {
        <p class="live" data-state=move || state.get() role="status" title="Figures change here as runs are recorded">
            {word}
        </p>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use std::time::Duration;

    use leptos::prelude::{RwSignal, Set as _, document, set_timeout, window};
    use leptos::wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
    use leptos::web_sys::{
        Document, DomParser, Element, Event, EventSource, MessageEvent, Response, SupportedType, VisibilityState,
    };
    use wasm_bindgen_futures::{JsFuture, spawn_local};

    use super::CHANGED_EVENT;

    /// Set on elements whose content was replaced last.
    const CHANGED_MARK: &str = "data-changed";
    /// The shortest rest between two fetches.
    const REST_MS_MIN: f64 = 1_000.0;
    /// The longest.
    const REST_MS_MAX: f64 = 5_000.0;
    /// How many times the length of a fetch the page rests after it.
    const REST_FACTOR: f64 = 4.0;

    struct Follower {
        state: RwSignal<&'static str>,
        shown: RefCell<String>,
        wanted: RefCell<String>,
        busy: Cell<bool>,
        stream: RefCell<Option<EventSource>>,
    }

    /// Follows the organization for as long as the document lives.
    pub(super) fn follow(version: String, state: RwSignal<&'static str>) {
        let follower = Rc::new(Follower {
            state,
            wanted: RefCell::new(version.clone()),
            shown: RefCell::new(version),
            busy: Cell::new(false),
            stream: RefCell::new(None),
        });
        let turned = {
            let follower = Rc::clone(&follower);
            Closure::<dyn Fn(Event)>::new(move |_| follower.turn())
        };
        let listener = turned.into_js_value();
        for (target, name) in [
            (document().as_ref(), "visibilitychange"),
            (window().as_ref(), "pageshow"),
        ] {
            let target: &leptos::web_sys::EventTarget = target;
            let _ = target.add_event_listener_with_callback(name, listener.unchecked_ref());
        }
        follower.turn();
    }

    impl Follower {
        /// Opens the stream of a page that is seen and closes that of a hidden one.
        fn turn(self: &Rc<Self>) {
            if document().visibility_state() == VisibilityState::Hidden {
                if let Some(stream) = self.stream.take() {
                    stream.close();
                }
                self.state.set("paused");
            } else if self.stream.borrow().is_none() {
                self.open();
            }
        }

        fn open(self: &Rc<Self>) {
            let Ok(stream) = EventSource::new("/live") else { return };
            let told = {
                let follower = Rc::clone(self);
                Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                    follower.state.set("live");
                    if let Some(version) = event.data().as_string() {
                        follower.wanted.replace(version);
                        follower.refresh();
                    }
                })
            };
            let lost = {
                let follower = Rc::clone(self);
                Closure::<dyn Fn(Event)>::new(move |_| follower.lost())
            };
            let _ = stream.add_event_listener_with_callback("version", told.into_js_value().unchecked_ref());
            stream.set_onerror(Some(lost.into_js_value().unchecked_ref()));
            self.stream.replace(Some(stream));
        }

        /// The browser tries again by itself, unless the server refused: then so do we, later.
        fn lost(self: &Rc<Self>) {
            self.state.set("reconnecting");
            let refused = self
                .stream
                .borrow()
                .as_ref()
                .is_some_and(|s| s.ready_state() == EventSource::CLOSED);
            if refused {
                self.stream.take();
                let follower = Rc::clone(self);
                set_timeout(move || follower.turn(), Duration::from_secs(10));
            }
        }

        fn refresh(self: &Rc<Self>) {
            if self.busy.get() || *self.shown.borrow() == *self.wanted.borrow() {
                return;
            }
            self.busy.set(true);
            let follower = Rc::clone(self);
            spawn_local(async move {
                let wanted = follower.wanted.borrow().clone();
                let began = js_sys::Date::now();
                match fetched().await {
                    Ok(Some(page)) => {
                        take_over(&page);
                        follower.shown.replace(wanted);
                    }
                    // Signed out, or another kind of page: the browser shows it whole.
                    Ok(None) => drop(window().location().reload()),
                    Err(_) => follower.state.set("reconnecting"),
                }
                let took = js_sys::Date::now() - began;
                let rest = (took * REST_FACTOR).clamp(REST_MS_MIN, REST_MS_MAX);
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let rest = Duration::from_millis(rest as u64);
                set_timeout(
                    move || {
                        follower.busy.set(false);
                        follower.refresh();
                    },
                    rest,
                );
            });
        }
    }

    /// This page as the server shows it now; `None` where it has to be loaded whole.
    async fn fetched() -> Result<Option<Document>, JsValue> {
        let address = window().location().href()?;
        let response: Response = JsFuture::from(window().fetch_with_str(&address)).await?.dyn_into()?;
        if response.redirected() {
            return Ok(None);
        }
        if !response.ok() {
            return Err(JsValue::NULL);
        }
        let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        let page = DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml)?;
        let shape = |document: &Document| {
            document
                .query_selector("[data-shape]")
                .ok()?
                .map(|e| e.get_attribute("data-shape"))
        };
        Ok((shape(&page) == shape(&document())).then_some(page))
    }

    /// Takes over what differs, element by element.
    fn take_over(page: &Document) {
        let Ok(places) = document().query_selector_all("[data-live]") else {
            return;
        };
        for at in 0..places.length() {
            let Some(old) = places.get(at).and_then(|node| node.dyn_into::<Element>().ok()) else {
                continue;
            };
            let name = old.get_attribute("data-live").unwrap_or_default();
            let Ok(Some(new)) = page.query_selector(&format!("[data-live=\"{name}\"]")) else {
                continue;
            };
            let focused = document()
                .active_element()
                .is_some_and(|focus| old.contains(Some(&focus)) && focus != old);
            if !focused {
                renew(&old, &new);
            }
        }
        if let Ok(event) = Event::new(CHANGED_EVENT) {
            let _ = document().dispatch_event(&event);
        }
    }

    /// Makes one element like its newer self. The element stays, so that it keeps its place when scrolled.
    fn renew(old: &Element, new: &Element) {
        keep_open(old, new);
        for name in new.get_attribute_names().iter().filter_map(|name| name.as_string()) {
            let value = new.get_attribute(&name).unwrap_or_default();
            if old.get_attribute(&name).as_ref() != Some(&value) {
                old.set_attribute(&name, &value).unwrap_or_default();
            }
        }
        let content = new.inner_html();
        if old.inner_html() == content {
            old.remove_attribute(CHANGED_MARK).unwrap_or_default();
        } else {
            old.set_inner_html(&content);
            old.set_attribute(CHANGED_MARK, "").unwrap_or_default();
        }
    }

    /// What the reader has opened stays open.
    fn keep_open(old: &Element, new: &Element) {
        let Ok(opened) = old.query_selector_all("details[open][id]") else {
            return;
        };
        for at in 0..opened.length() {
            let id = opened
                .get(at)
                .and_then(|node| node.dyn_into::<Element>().ok())
                .map(|element| element.id());
            if let Some(id) = id
                && let Ok(Some(details)) = new.query_selector(&format!("details[id=\"{id}\"]"))
            {
                details.set_attribute("open", "").unwrap_or_default();
            }
        }
    }
}
