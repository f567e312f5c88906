//! A browser as far as signing in needs one: it keeps cookies of one origin, and follows no redirect by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use url::Url;

use super::api_client::ApiClient;
use super::stack::TestStack;

/// The session's cookie, over plain http.
pub(crate) const SESSION: &str = "keyturn-session";

pub(crate) struct Browser {
    /// Follows no redirect.
    http: reqwest::Client,
    /// What the console's scripts call the API with.
    api: ApiClient,
    origin: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What a page answered.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Where it leads.
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

impl Browser {
    /// A browser without cookies.
    pub(crate) fn new(stack: &TestStack) -> Self {
        Self {
            http: stack.without_redirects(),
            api: stack.anonymous(),
            origin: stack.address().to_owned(),
            cookies: Mutex::default(),
        }
    }

    /// Opens an address. Cookies go to the deployment's own origin and come from there.
    pub(crate) async fn open(&self, url: &str) -> Page {
        let url = if url.starts_with('/') { format!("{}{url}", self.origin) } else { url.to_owned() };
        let is_own = url.starts_with(&self.origin);
        let mut request = self.http.get(&url);
        if is_own {
            request = request.header(COOKIE, self.cookie_header());
        }
        let response = request.send().await.unwrap();
        if is_own {
            self.keep(response.headers());
        }
        let header = |name| Some(response.headers().get(name)?.to_str().unwrap().to_owned());
        let (status, location) = (response.status().as_u16(), header(LOCATION));
        Page { status, location, text: response.text().await.unwrap() }
    }

    /// Begins a sign-in; the address at the provider.
    pub(crate) async fn begin(&self, parameters: &str) -> String {
        let page = self.open(&format!("/console/sign-in?{parameters}")).await;
        assert_eq!(page.status, 303, "{page:?}");
        page.location.unwrap()
    }

    /// Says at the stand-in provider who one is; the address that it sends the browser back to.
    pub(crate) async fn answer(&self, at_provider: &str, subject: &str) -> String {
        let page = self.open(at_provider).await;
        assert_eq!(page.status, 200, "{page:?}");
        let link = page.text.split("<a ").find(|link| link.starts_with(&format!("id=\"{subject}\"")));
        let href = link.unwrap().split('"').nth(3).unwrap();
        let href = href.replace("&#38;", "&").replace("&amp;", "&");
        self.open(&href).await.location.unwrap()
    }

    /// Signs in through a provider; where in the console the browser ends up.
    pub(crate) async fn sign_in(&self, provider: &str, subject: &str) -> String {
        self.sign_in_with(&format!("provider={provider}"), subject).await
    }

    pub(crate) async fn sign_in_with(&self, parameters: &str, subject: &str) -> String {
        let back = self.answer(&self.begin(parameters).await, subject).await;
        let page = self.open(&back).await;
        assert_eq!(page.status, 303, "{page:?}");
        page.location.unwrap()
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().unwrap().clone()
    }

    /// The console's own requests.
    pub(crate) fn console(&self) -> ApiClient {
        self.client_with(&[("x-keyturn-csrf", "1"), ("sec-fetch-site", "same-origin")])
    }

    /// Requests with the session's cookie and these headers.
    pub(crate) fn client_with(&self, headers: &[(&str, &str)]) -> ApiClient {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.insert(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        all.insert(COOKIE, HeaderValue::from_str(&self.cookie_header()).unwrap());
        self.api.clone().with_headers(all)
    }

    fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for set in headers.get_all(SET_COOKIE) {
            let set = set.to_str().unwrap();
            for attribute in ["Path=/", "HttpOnly", "SameSite=Lax"] {
                assert!(set.split("; ").any(|part| part == attribute), "{attribute} is missing");
            }
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A parameter in the query of an address.
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).unwrap();
    let mut found = url.query_pairs().filter(|(found, _)| found == name);
    found.next().unwrap_or_else(|| panic!("no {name} in the address")).1.into_owned()
}

/// The address with another value of a parameter.
pub(crate) fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let mut url = Url::parse(url).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut query = url.query_pairs_mut();
    query.clear();
    for (found, old) in pairs {
        let new = if found == name { value } else { &old };
        query.append_pair(&found, new);
    }
    drop(query);
    url.into()
}
