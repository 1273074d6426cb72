//! Filters that templates use: `{{ "plus"|icon }}`, `{{ "signalbox.css"|asset }}`.

use std::convert::Infallible;
use std::fmt;

use askama::filters::HtmlSafe;

/// One icon of the page's sprite.
pub struct Icon(String);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-")?;
        f.write_str(&self.0)?;
        f.write_str("\"/></svg>")
    }
}

impl HtmlSafe for Icon {}

/// Draws the icon of that name from the sprite of the page.
#[askama::filter_fn]
pub fn icon(name: impl fmt::Display, _: &dyn askama::Values) -> Result<Icon, Infallible> {
    // Names are words of the templates; anything that could leave the attribute is dropped.
    Ok(Icon(name.to_string().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()))
}

/// The address of a static file with its content's hash in it.
#[askama::filter_fn]
pub fn asset(name: impl fmt::Display, _: &dyn askama::Values) -> Result<&'static str, Infallible> {
    Ok(super::assets::href(&name.to_string()))
}

/// `12,345`.
#[askama::filter_fn]
pub fn thousands(n: impl fmt::Display, _: &dyn askama::Values) -> Result<String, Infallible> {
    Ok(n.to_string().parse().map_or_else(|_| n.to_string(), super::numbers::count))
}
