use std::sync::Arc;

use tokio::sync::Notify;

/// Tells the workers of this process that there is something to do, so that it need not wait until they look. Cheap to
/// clone.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Wakes one worker, or keeps the next one that would go to sleep from doing so.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Done when somebody rings.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}
