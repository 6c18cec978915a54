//! The documents that are trusted from the start.

use std::io::{self, Read};
use std::path::Path;

use super::document_limits;
use crate::config::Config;
use crate::domain::trusted_document::{self, Fault, Index, MOST_BYTES};
use crate::error::Error;
use crate::graphql::check;

/// How large a manifest may be: with ids and escapes, somewhat more than its texts.
const LONGEST: u64 = 2 * MOST_BYTES as u64;

/// The documents of the manifest, each of which the schema knows; none where there is no manifest.
pub async fn manifest(config: &Config) -> Result<Index, Error> {
    let mut index = Index::default();
    let Some(path) = &config.documents.manifest else {
        return Ok(index);
    };
    let bytes = bytes(path).map_err(Error::file("read the manifest of documents", path))?;
    let fault = |fault: Fault| Error::Manifest {
        path: path.clone(),
        fault,
    };
    let limits = document_limits(&config.limits);
    for document in trusted_document::read(&bytes).map_err(fault)? {
        let named = |problem: String| {
            fault(Fault::Document {
                id: document.name.to_string(),
                problem,
            })
        };
        check(&document.text, &limits)
            .await
            .map_err(|refusal| named(refusal.to_string()))?;
        index.add(document.name.clone(), &document.text, None).map_err(named)?;
    }
    tracing::info!(documents = index.len(), "trusted documents are known by the manifest");
    Ok(index)
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        let problem = format!("it has more than {LONGEST} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, problem));
    }
    Ok(bytes)
}
