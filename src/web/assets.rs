//! Static files: embedded, named by their content, compressed once, cached for ever.
//!
//! A template writes `{{ "signalbox.css"|asset }}` and gets `/static/signalbox.1a2b3c4d.css`; a new content is a new
//! address, so the answer may be kept by the browser without asking again.

use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// One file as it is served.
pub struct Asset {
    /// Address below the site's root, with the content's hash in it.
    pub href: String,
    kind: &'static str,
    plain: web::Bytes,
    /// Left out when compression does not pay.
    gzip: Option<web::Bytes>,
}

/// All files, by logical name and by served name.
pub struct Assets {
    by_logical: HashMap<String, Asset>,
    by_served: HashMap<String, String>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::load);

/// The style sheet is kept in several files and served as one.
const SHEET: &str = "signalbox.css";

impl Assets {
    fn load() -> Assets {
        let mut sheet = Vec::new();
        let mut all = Assets { by_logical: HashMap::new(), by_served: HashMap::new() };
        let mut names: Vec<_> = Files::iter().collect();
        names.sort();
        for name in names {
            let Some(file) = Files::get(&name) else {
                continue;
            };
            if name.starts_with("css/") {
                sheet.extend_from_slice(&file.data);
                continue;
            }
            let logical = name.rsplit('/').next().unwrap_or(&name).to_owned();
            all.add(logical, file.data.into_owned());
        }
        all.add(SHEET.to_owned(), sheet);
        all
    }

    fn add(&mut self, logical: String, bytes: Vec<u8>) {
        let Some(kind) = content_type(&logical) else {
            return;
        };
        let digest = Sha256::digest(&bytes);
        let hash: String = digest.iter().take(4).map(|b| format!("{b:02x}")).collect();
        let (stem, ext) = logical.rsplit_once('.').unwrap_or((&logical, ""));
        let served = format!("{stem}.{hash}.{ext}");
        let gzip = compressed(&bytes);
        let asset = Asset { href: format!("/static/{served}"), kind, plain: bytes.into(), gzip };
        self.by_served.insert(served, logical.clone());
        self.by_logical.insert(logical, asset);
    }

    fn served(&self, name: &str) -> Option<&Asset> {
        self.by_logical.get(self.by_served.get(name)?)
    }
}

/// Address of a file by its logical name, such as `signalbox.css`. An unknown name gives an address that answers 404;
/// a test walks the templates so that none is ever asked for.
pub fn href(logical: &str) -> &'static str {
    ASSETS.by_logical.get(logical).map_or("/static/missing", |a| a.href.as_str())
}

/// Whether a file of that logical name exists.
pub fn exists(logical: &str) -> bool {
    ASSETS.by_logical.contains_key(logical)
}

/// The content of a file by its logical name.
pub fn plain(logical: &str) -> Option<&'static [u8]> {
    ASSETS.by_logical.get(logical).map(|a| a.plain.as_ref())
}

/// Files without a type here (licences) are embedded but never served.
fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        _ => None,
    }
}

fn compressed(bytes: &[u8]) -> Option<web::Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() + 64 < bytes.len()).then(|| packed.into())
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    request.headers().get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| {
        v.split(',').any(|one| {
            let mut parts = one.split(';').map(str::trim);
            parts.next() == Some("gzip") && !parts.any(|p| p == "q=0")
        })
    })
}

/// `GET /static/{name}`.
pub async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(asset) = ASSETS.served(&name) else {
        return HttpResponse::NotFound().finish();
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(asset.kind)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    match &asset.gzip {
        Some(packed) if accepts_gzip(&request) => {
            answer.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("gzip")));
            answer.body(packed.clone())
        }
        _ => answer.body(asset.plain.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[actix_web::test]
    async fn files_are_named_by_content_and_cached_for_ever() {
        let name = href("signalbox.css").trim_start_matches("/static/").to_owned();
        assert!(name.starts_with("signalbox.") && name.ends_with(".css") && name.len() == "signalbox.12345678.css".len());
        let plain = serve(TestRequest::default().to_http_request(), web::Path::from(name.clone())).await;
        assert_eq!(plain.headers().get("cache-control").unwrap(), "public, max-age=31536000, immutable");
        assert!(plain.headers().get("content-encoding").is_none());
        let packed = TestRequest::default().insert_header(("accept-encoding", "br, gzip;q=0.8")).to_http_request();
        let packed = serve(packed, web::Path::from(name)).await;
        assert_eq!(packed.headers().get("content-encoding").unwrap(), "gzip");
    }

    #[actix_web::test]
    async fn old_names_and_licences_are_not_served() {
        for name in ["signalbox.00000000.css", "signalbox.css", "htmx-2.0.11.LICENSE", "../Cargo.toml"] {
            let answer = serve(TestRequest::default().to_http_request(), web::Path::from(name.to_owned())).await;
            assert_eq!(answer.status(), 404, "{name}");
        }
    }

    #[test]
    fn the_vendored_htmx_is_the_published_one() {
        let bytes = Files::get("vendor/htmx-2.0.11.min.js").unwrap().data;
        let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hash, "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717");
    }
}
