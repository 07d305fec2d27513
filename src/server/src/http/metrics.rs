//! `/metrics`: counts and durations of requests by method, route and status, in the text form of Prometheus.
//!
//! Labels carry route templates, never addresses, so that customers' keys stay out of them and their number stays small.

use std::sync::OnceLock;

use axum::Router;
use axum::routing::get;
use axum_prometheus::metrics_exporter_prometheus::PrometheusHandle;
use axum_prometheus::{EndpointLabel, PrometheusMetricLayer, PrometheusMetricLayerBuilder};

/// One recorder a process: a second server in it (in tests) shares it.
static RECORDER: OnceLock<(PrometheusMetricLayer<'static>, PrometheusHandle)> = OnceLock::new();

/// The layer that counts, and the route that tells.
pub fn layer_and_router() -> (PrometheusMetricLayer<'static>, Router) {
    let (layer, handle) = RECORDER.get_or_init(|| {
        PrometheusMetricLayerBuilder::new()
            .with_prefix("drawdown")
            .with_endpoint_label_type(EndpointLabel::MatchedPathWithFallbackFn(|_| "unmatched".to_owned()))
            .with_ignore_patterns(&["/metrics", "/healthz", "/readyz"])
            .with_default_metrics()
            .build_pair()
    });
    let handle = handle.clone();
    (
        layer.clone(),
        Router::new().route("/metrics", get(async move || handle.render())),
    )
}
