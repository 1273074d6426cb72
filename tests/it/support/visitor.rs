//! A person with a browser that has no script: pages, forms and cookies, nothing else.

use std::net::SocketAddr;

use super::http::{Request, Response};

/// Keeps cookies between requests; follows no redirect by itself.
pub struct Visitor {
    address: SocketAddr,
    cookies: Vec<(String, String)>,
}

impl Visitor {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookies: Vec::new() }
    }

    #[track_caller]
    pub fn get(&mut self, path: &str) -> Response {
        self.send(Request::new("GET", path))
    }

    /// The fragment of the same address, as htmx asks for it.
    #[track_caller]
    pub fn get_fragment(&mut self, path: &str) -> Response {
        self.send(Request::new("GET", path).header("hx-request", "true"))
    }

    /// Posts these fields as they are.
    #[track_caller]
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let origin = format!("http://{}", self.address);
        let request = Request::new("POST", path).header("origin", &origin);
        self.send(request.body("application/x-www-form-urlencoded", encode(fields)))
    }

    /// Opens a page, takes the hidden fields of its form with this action, fills in the others and posts it.
    #[track_caller]
    pub fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Response {
        let html = self.get(page).expect(200).text();
        let Some(form) = form(&html, action) else { panic!("no form with action {action} on {page}:\n{html}") };
        let hidden = hidden_fields(form);
        let mut all: Vec<(&str, &str)> = fields.to_vec();
        for (name, value) in &hidden {
            if !fields.iter().any(|(given, _)| given == name) {
                all.push((name, value));
            }
        }
        self.post(action, &all)
    }

    #[track_caller]
    pub fn sign_in(&mut self, email: &str, password: &str) {
        let answer = self.submit("/sign-in", "/sign-in", &[("email", email), ("password", password)]);
        assert_eq!(answer.status, 303, "sign-in of {email}: {}", answer.text());
    }

    /// The cookie header of its requests.
    pub fn cookie(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    #[track_caller]
    pub fn send(&mut self, mut request: Request<'_>) -> Response {
        if !self.cookies.is_empty() {
            request = request.header("cookie", &self.cookie());
        }
        let what = format!("{} {}", request.method, request.target);
        let response = request.send(self.address).unwrap_or_else(|error| panic!("{what}: {error}"));
        let set: Vec<String> = response.headers("set-cookie").map(str::to_owned).collect();
        for cookie in set {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.retain(|(known, _)| known != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        response
    }
}

/// The form with this action, from its tag to its end.
fn form<'a>(html: &'a str, action: &str) -> Option<&'a str> {
    html.split("<form").skip(1).find_map(|rest| {
        let tag = &rest[..rest.find('>')?];
        (attribute(tag, "action").as_deref() == Some(action)).then(|| &rest[..rest.find("</form").unwrap_or(rest.len())])
    })
}

fn hidden_fields(form: &str) -> Vec<(String, String)> {
    let inputs = form.split("<input").skip(1).filter_map(|rest| Some(&rest[..rest.find('>')?]));
    let hidden = inputs.filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
    hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect()
}

/// The value of a double-quoted attribute.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[start..start + tag[start..].find('"')?];
    Some(unescaped(value))
}

/// Text of a page as it was before it was escaped.
pub fn unescaped(text: &str) -> String {
    let marks = [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&lt;", "<"),
        ("&#62;", ">"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    marks.iter().fold(text.to_owned(), |text, (mark, plain)| text.replace(mark, plain))
}

fn encode(fields: &[(&str, &str)]) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        pairs.append_pair(name, value);
    }
    pairs.finish()
}
