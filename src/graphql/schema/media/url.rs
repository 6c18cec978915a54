//! URLs of media files.

use async_graphql::{Enum, InputObject};

use super::Media;
use crate::domain::media::{self, Format};
use crate::graphql::engine::context::RequestContext;
use crate::graphql::engine::error::{Fault, Result};
use crate::graphql::engine::{Fields, Leaf};

/// Maximum number of widths in one `srcSet`.
const MAX_WIDTHS: usize = 16;

/// Default widths of a `srcSet`, in pixels.
const DEFAULT_WIDTHS: [i32; 4] = [480, 960, 1440, 1920];

/// Format of an image.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum MediaFormat {
    /// Format of the file itself.
    #[default]
    Original,
    /// JPEG; transparent parts are white.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl MediaFormat {
    fn requested(self) -> Option<Format> {
        match self {
            Self::Original => None,
            Self::Jpeg => Some(Format::Jpeg),
            Self::Png => Some(Format::Png),
            Self::Webp => Some(Format::Webp),
        }
    }
}

impl Media {
    fn url(&self, request: &RequestContext, width: Option<i32>, format: MediaFormat) -> Result<String> {
        let row = &self.0;
        let width = width.map(|width| {
            let pixels = u32::try_from(width).ok().filter(|pixels| *pixels > 0);
            pixels.ok_or_else(|| Fault::BadRequest(format!("A width is {width}; allowed is 1 and more.")))
        });
        let width = width.transpose()?;
        if row.storage_key.is_none()
            && let Some(url) = &row.original_url
        {
            return Ok(url.clone());
        }
        let path = media::address(row, width, format.requested());
        Ok(format!("{}{path}", request.base_url))
    }

    /// A value for `srcset`; none if the image is not available in other widths.
    fn source_set(&self, request: &RequestContext, widths: &[i32], format: MediaFormat) -> Result<Option<String>> {
        if widths.len() > MAX_WIDTHS {
            let given = widths.len();
            return Err(Fault::BadRequest(format!(
                "`widths` has {given} entries; allowed are {MAX_WIDTHS}."
            )));
        }
        let mut sources: Vec<(u32, String)> = Vec::new();
        for &width in widths {
            let url = self.url(request, Some(width), format)?;
            let Some(pixels) = u32::try_from(width)
                .ok()
                .and_then(|width| media::width_of(&self.0, width, format.requested()))
            else {
                return Ok(None);
            };
            sources.push((pixels, format!("{url} {pixels}w")));
        }
        sources.sort();
        sources.dedup_by_key(|(pixels, _)| *pixels);
        let sources: Vec<_> = sources.into_iter().map(|(_, source)| source).collect();
        Ok((!sources.is_empty()).then(|| sources.join(", ")))
    }
}

/// Describes the fields that have URLs of the file.
pub(super) fn fields(fields: &mut Fields<Media>) {
    fields.each(
        "url",
        "URL of the file: on this instance if the file is stored there, else the URL that it was imported from. Images \
         that can be decoded (JPEG, PNG, WebP, GIF) are available in other widths and formats; for any other file, the \
         arguments are ignored.",
        |media, arguments: &UrlArguments, request| media.url(request, arguments.width, arguments.format).map(Leaf),
    );
    fields.each(
        "srcSet",
        "Value for the `srcset` attribute of an `<img>`: the image in these widths, up to its own. Null if the image \
         is not available in other widths.",
        |media, arguments: &SourceSetArguments, request| {
            media.source_set(request, &arguments.widths, arguments.format).map(Leaf)
        },
    );
}

/// Arguments of `url`.
#[derive(InputObject)]
struct UrlArguments {
    /// Minimum width in pixels: selects the next larger available width, never wider than the image.
    width: Option<i32>,
    /// Format. A GIF requested in its own format is unchanged, because it may be animated.
    #[graphql(default)]
    format: MediaFormat,
}

/// Arguments of `srcSet`.
#[derive(InputObject)]
struct SourceSetArguments {
    /// Widths in pixels, at most 16.
    #[graphql(default_with = "DEFAULT_WIDTHS.to_vec()")]
    widths: Vec<i32>,
    /// Format.
    #[graphql(default)]
    format: MediaFormat,
}
