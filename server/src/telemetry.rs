//! Structured logs on standard error, and panics in them.
//!
//! What is logged is set by `KVSTORE_LOG` in the syntax of `tracing_subscriber::EnvFilter`.

use std::panic::PanicHookInfo;

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::config::LogFormat;

/// The variable that chooses what is logged.
pub const FILTER_VARIABLE: &str = "KVSTORE_LOG";

const DEFAULT_FILTER: &str = "info,sqlx=warn";

/// Logs the whole process. A second call changes nothing.
pub fn init(format: LogFormat) {
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let _ = tracing::subscriber::set_global_default(subscriber(format, filter, std::io::stderr));
    std::panic::set_hook(Box::new(log_panic));
}

/// A subscriber that writes to `writer`; every line carries the fields of the request that it belongs to.
pub fn subscriber<W>(format: LogFormat, filter: EnvFilter, writer: W) -> Box<dyn tracing::Subscriber + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Text => Box::new(builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).finish()),
        LogFormat::Json => {
            Box::new(builder.json().flatten_event(true).with_current_span(true).with_span_list(false).finish())
        }
    }
}

/// Logs a panic once, inside the span of its request. What catches it afterwards logs nothing.
pub fn log_panic(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(message_of_panic = message, location, "panicked");
}
