//! A page that nobody reads to its end is still made to its end.
//!
//! Leptos frees what a page holds with the last chunk of its body (leptos_integration_utils 0.8.9): a browser that
//! leaves in the middle would leak it. So an unfinished body is read to its end, by a task of its own.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    response::Response,
};
use futures::{Stream, StreamExt};

/// Wraps the body of a page.
#[must_use]
pub fn to_the_end(response: Response) -> Response {
    response.map(|body| Body::from_stream(ToTheEnd(Some(body.into_data_stream()))))
}

/// None once the end was reached.
struct ToTheEnd(Option<BodyDataStream>);

impl Stream for ToTheEnd {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let next = stream.poll_next_unpin(cx);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.0 = None;
        }
        next
    }
}

impl Drop for ToTheEnd {
    fn drop(&mut self) {
        if let Some(mut rest) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { while rest.next().await.is_some() {} });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn an_abandoned_body_reaches_its_last_chunk() {
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let chunks =
            stream::iter(0..3).map(|n| Ok::<_, std::io::Error>(format!("{n}"))).chain(stream::once(async move {
                seen.store(true, Ordering::SeqCst);
                Ok(String::new())
            }));
        let mut body = to_the_end(Response::new(Body::from_stream(chunks))).into_body().into_data_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), "0");
        drop(body);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(ended.load(Ordering::SeqCst));
    }
}
