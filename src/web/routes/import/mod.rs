//! `/w/{ws}/import`: a file is chosen, reported on, and brought in (PRODUCT §3.11).

mod new;
mod report;
mod view;

use actix_web::web::{self, ServiceConfig, get, post};
use serde::Deserialize;

use crate::app::import::{Act, Choice, Part};
use crate::web::components::nav::Crumbs;
use crate::web::csrf::FILE_LIMIT;
use crate::web::layout::Layout;

/// Addresses below `/w/{ws}`.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/import").app_data(web::PayloadConfig::new(FILE_LIMIT)).route(get().to(new::show)).route(post().to(new::send)),
    )
    .route("/import/{import}", get().to(report::show))
    .route("/import/{import}", post().to(report::act));
}

/// `/w/{ws}/import/{import}`.
#[derive(Debug, Clone, Deserialize)]
pub struct ImportAt {
    /// Slug or id of the workspace.
    ws: String,
    /// Id of the file that waits.
    import: String,
}

impl ImportAt {
    fn base(&self) -> String {
        format!("/w/{}/import/{}", self.ws, self.import)
    }
}

fn crumbs(layout: &Layout, here: &str) -> Crumbs {
    Crumbs::here(here).below(layout.home(), "Dashboard").below(format!("{}/import", layout.home()), "Import")
}

/// What is chosen, one place in each list for each row; `take` names the rows that come in.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Picked {
    #[serde(default)]
    key: Vec<String>,
    #[serde(default)]
    take: Vec<String>,
    #[serde(default)]
    way: Vec<String>,
    #[serde(default)]
    slug: Vec<String>,
}

impl Picked {
    /// As the use case reads it; rows that nobody was asked about go as the file has them.
    fn choices(&self) -> Vec<Choice> {
        let one = |(n, key): (usize, &String)| {
            let (part, name) = key.split_once(':')?;
            let taken = self.take.contains(key);
            let way = self.way.get(n).and_then(|way| way.parse::<Act>().ok()).filter(|way| *way != Act::Skip);
            let slug = self.slug.get(n).map(|slug| slug.trim().to_owned()).filter(|slug| !slug.is_empty());
            let act = if taken { way.unwrap_or(Act::AsFile) } else { Act::Skip };
            Some(Choice { part: part.parse::<Part>().ok()?, key: name.to_owned(), act, slug })
        };
        self.key.iter().enumerate().filter_map(one).collect()
    }

    /// As an address says it.
    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, values) in [("key", &self.key), ("take", &self.take), ("way", &self.way), ("slug", &self.slug)] {
            values.iter().for_each(|value| {
                query.append_pair(name, value);
            });
        }
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_back_from_the_address() {
        let list = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let picked = Picked {
            key: list(&["flow:a", "component:secret/pin", "flow:b", "nonsense"]),
            take: list(&["flow:a", "component:secret/pin"]),
            way: list(&["as_draft", "as_file", "as_file", "x"]),
            slug: list(&["", "", " b-2 ", ""]),
        };
        let read: Picked = serde_html_form::from_str(&picked.query()).expect("an address");
        assert_eq!(read, picked);
        let choices = read.choices();
        assert_eq!(choices.len(), 3);
        assert_eq!((choices[0].act, choices[1].act, choices[1].key.as_str()), (Act::AsDraft, Act::AsFile, "secret/pin"));
        assert_eq!((choices[2].act, choices[2].slug.as_deref()), (Act::Skip, Some("b-2")));
    }
}
