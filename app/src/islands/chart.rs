//! Draws a chart: loads the chart script once the page is usable, hands it the option that the page holds, and hands it
//! the new one when the live page has changed.

use leptos::prelude::*;

/// The drawing of one chart. The option is the text of the element `{id}-option`; colours in it name properties of the
/// style sheet.
#[island]
pub fn ChartCanvas(
    /// The chart's identifier on the page.
    id: String,
    /// What the chart shows, in a sentence.
    label: String,
    /// Where the chart script is.
    script: String,
) -> impl IntoView {
    let canvas = NodeRef::<leptos::html::Div>::new();
    #[cfg(feature = "hydrate")]
    Effect::new({
        let option = format!("{id}-option");
        move |_| {
            if let Some(element) = canvas.get() {
                browser::draw(element, option.clone(), script.clone());
            }
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = script;
    view! { <div class="chart-canvas" id=id role="img" aria-label=label node_ref=canvas></div> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::document;
    use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
    use leptos::web_sys::{Element, Event, HtmlDivElement, HtmlScriptElement};

    use crate::islands::live::CHANGED_EVENT;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = drawdownCharts, catch)]
        fn mount(element: &Element, option: &str) -> Result<Chart, JsValue>;
        type Chart;
        #[wasm_bindgen(method)]
        fn update(this: &Chart, option: &str);
    }

    /// What the chart script says on the document once it is there.
    const READY_EVENT: &str = "drawdown-charts";

    pub(super) fn draw(element: HtmlDivElement, option_id: String, script: String) {
        if js_sys::Reflect::has(&leptos::prelude::window(), &"drawdownCharts".into()).unwrap_or(false) {
            mounted(&element, option_id);
            return;
        }
        let ready = Closure::once_into_js(move |_: Event| mounted(&element, option_id));
        let _ = document().add_event_listener_with_callback(READY_EVENT, ready.unchecked_ref());
        load(&script);
    }

    /// Asks for the script, once a page.
    fn load(address: &str) {
        const ID: &str = "chart-script";
        let document = document();
        if document.get_element_by_id(ID).is_some() {
            return;
        }
        if let Ok(script) = document
            .create_element("script")
            .map(JsCast::unchecked_into::<HtmlScriptElement>)
        {
            script.set_id(ID);
            script.set_src(address);
            if let Some(head) = document.head() {
                let _ = head.append_child(&script);
            }
        }
    }

    fn mounted(element: &HtmlDivElement, option_id: String) {
        let Some(first) = text_of(&option_id) else { return };
        let Ok(chart) = mount(element, &first) else { return };
        let shown = std::cell::RefCell::new(first);
        let update = Closure::<dyn Fn(Event)>::new(move |_| {
            if let Some(option) = text_of(&option_id)
                && *shown.borrow() != option
            {
                chart.update(&option);
                shown.replace(option);
            }
        });
        // Documents are replaced as a whole: the listener lives as long as its page.
        let _ = document().add_event_listener_with_callback(CHANGED_EVENT, update.into_js_value().unchecked_ref());
    }

    fn text_of(id: &str) -> Option<String> {
        document()
            .get_element_by_id(id)
            .and_then(|element| element.text_content())
    }
}
