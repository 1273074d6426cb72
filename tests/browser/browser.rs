//! One Chromium with one cookie jar, and how a test drives it.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::cdp::Cdp;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use crate::chromedriver::Chromedriver;
use crate::support::Server;
use crate::support::server::PASSWORD;

/// How long a page may take to show what is expected of it.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What Chromium must not do: look for updates, call home, resolve names.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--no-proxy-server",
    "--password-store=basic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--hide-scrollbars",
    "--lang=en",
];

/// The colours that the system asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub fn name(self) -> &'static str {
        if self == Self::Light { "light" } else { "dark" }
    }
}

pub struct Browser {
    pub driver: WebDriver,
    tools: Cdp,
    origin: String,
    width: u32,
    // Last, so that it outlives the session.
    _chromedriver: Chromedriver,
}

impl Browser {
    /// A new browser that looks at this server.
    pub async fn open(server: &Server) -> Self {
        Self::open_at(&server.url("")).await
    }

    pub async fn open_at(origin: &str) -> Self {
        // The client that speaks to chromedriver asks for a TLS provider although it needs none.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let chromedriver = Chromedriver::start();
        let mut wishes = DesiredCapabilities::chrome();
        for flag in FLAGS {
            wishes.add_arg(flag).expect("a flag");
        }
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a log level");
        let driver = WebDriver::new(&chromedriver.url, wishes).await.expect("a Chromium session");
        let tools = driver.cdp();
        let mut browser = Self { driver, tools, origin: origin.to_owned(), width: 0, _chromedriver: chromedriver };
        browser.set_width(1440).await;
        let listen = "addEventListener('securitypolicyviolation', e => (window.refused ??= []).push(
            `${e.effectiveDirective} refused ${e.blockedURI} at ${e.sourceFile}:${e.lineNumber} ${e.sample}`))";
        browser.tool("Page.addScriptToEvaluateOnNewDocument", json!({"source": listen})).await;
        browser
    }

    pub async fn tool(&self, command: &str, parameters: Value) -> Value {
        let answer = self.tools.send_raw(command, parameters).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// The page's width in CSS pixels, with a height that goes with it.
    pub async fn set_width(&mut self, width: u32) {
        self.width = width;
        let height = if width < 600 { 844 } else { 900 };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.tool("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Motion is reduced as well, so that colours are at their end at once.
    pub async fn set_theme(&self, theme: Theme) {
        let colours = json!({"name": "prefers-color-scheme", "value": theme.name()});
        let motion = json!({"name": "prefers-reduced-motion", "value": "reduce"});
        self.tool("Emulation.setEmulatedMedia", json!({"features": [colours, motion]})).await;
    }

    /// From the next page on, no script of a page runs; axe cannot work there, finding and clicking can.
    pub async fn switch_script_off(&self) {
        self.tool("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    }

    /// Opens a path of the server.
    pub async fn visit(&self, path: &str) {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.origin) };
        self.driver.goto(url.clone()).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Where it is: the path with its query.
    pub async fn path(&self) -> String {
        let url = self.driver.current_url().await.expect("an address");
        url.as_str().strip_prefix(&self.origin).unwrap_or(url.as_str()).to_owned()
    }

    /// Runs a function body in the page, as a developer's console would.
    pub async fn script(&self, body: &str, arguments: Vec<Value>) -> Value {
        let answer = self.driver.execute(body, arguments).await;
        answer.unwrap_or_else(|error| panic!("{error} in {body:.200}")).json().clone()
    }

    pub async fn sign_in(&self, email: &str) {
        self.visit("/sign-in").await;
        self.fill("E-mail", email).await;
        self.fill("Password", PASSWORD).await;
        self.press("Sign in").await;
        self.until_path("the page behind the sign-in", |path| !path.starts_with("/sign-in")).await;
    }

    /// What the content security policy stopped on this page, and errors on the console.
    pub async fn complaints(&self) -> Vec<String> {
        let refused = self.script("return window.refused ?? []", vec![]).await;
        let refused = refused.as_array().cloned().unwrap_or_default();
        let mut found: Vec<String> = refused.iter().filter_map(|line| Some(line.as_str()?.to_owned())).collect();
        for entry in self.driver.browser_log().await.expect("the console") {
            let said = format!("{entry:?}");
            // A page that answers 404 or 409 on purpose is noted on the console too.
            if said.to_lowercase().contains("severe") && !said.contains("Failed to load resource") {
                found.push(said);
            }
        }
        found
    }

    /// Keeps a picture of the whole page for a person to look at: target/screens/NAME.png.
    pub async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        std::fs::create_dir_all(&folder).expect("make target/screens");
        let height = self.script("return document.documentElement.scrollHeight", vec![]).await;
        let height = height.as_f64().unwrap_or(900.0).clamp(400.0, 6000.0);
        let clip = json!({"x": 0, "y": 0, "width": self.width, "height": height, "scale": 1});
        let wish = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let taken = self.tool("Page.captureScreenshot", wish).await;
        let data = taken["data"].as_str().expect("a picture");
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).expect("base64");
        std::fs::write(folder.join(format!("{name}.png")), bytes).expect("keep the picture");
    }

    /// Ends the session; a test that fails before leaves it to the death of chromedriver.
    pub async fn close(self) {
        let Self { driver, _chromedriver: chromedriver, .. } = self;
        driver.quit().await.expect("end the session");
        drop(chromedriver);
    }
}
