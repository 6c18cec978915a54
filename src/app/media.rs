//! The media store and the library over it.

use std::time::Duration;

use crate::config::{Config, MediaStore};
use crate::domain::media::quota::UploadQuotas;
use crate::domain::media::{Library, MediaSettings};
use crate::error::Error;
use crate::limit::{Limiter, Quota};
use crate::store::Store;
use crate::store::files::{BucketSettings, FileStore, Secrets};

/// How long somebody has for sending a file that they announced.
const UPLOAD_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The media store.
pub fn files(config: &Config) -> Result<FileStore, Error> {
    let folder = config.data_dir.join("media");
    let s3 = &config.media.s3;
    match (config.media.store, &s3.bucket) {
        (MediaStore::S3, Some(bucket)) => {
            let secrets = s3.access_key_id.as_ref().zip(s3.secret_access_key.as_ref());
            let settings = BucketSettings {
                bucket: bucket.clone(),
                region: s3.region.clone(),
                endpoint: s3.endpoint.clone(),
                secrets: secrets.map(|(id, key)| Secrets {
                    access_key_id: id.expose().to_owned(),
                    secret_access_key: key.expose().to_owned(),
                }),
                prefix: s3.prefix.clone().unwrap_or_default(),
            };
            FileStore::in_bucket(folder, &settings).map_err(Error::system("media.s3 cannot be used"))
        }
        _ => Ok(FileStore::new(folder)),
    }
}

/// The library over a migrated database. Needs the runtime.
pub fn library(config: &Config, store: &Store, limiter: Limiter) -> Result<Library, Error> {
    let settings = media_settings(config, limiter);
    Ok(Library::open(store.clone(), files(config)?, settings))
}

pub(super) fn media_settings(config: &Config, limiter: Limiter) -> MediaSettings {
    let limits = &config.limits;
    MediaSettings {
        most_bytes: config.limits.upload_bytes,
        most_pixels: config.media.most_pixels,
        variants_bytes: config.media.variants_bytes,
        upload_lifetime: UPLOAD_LIFETIME,
        quotas: UploadQuotas {
            account_bytes: limits.account_media_bytes,
            publication_bytes: limits.publication_media_bytes,
            account_files: Quota::per_hour("account-uploads", limits.account_uploads_per_hour),
            publication_files: Quota::per_hour("publication-uploads", limits.publication_uploads_per_hour),
        },
        limiter,
    }
}
