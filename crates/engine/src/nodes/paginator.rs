use serde_json::json;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::elements::Collected;
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, SharedFormula};
use crate::fault::Fault;
use crate::node::{Ask, Event, Flow, Node, Run, Task, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "paginator",
        title: "Pages of a service",
        category: Category::Connect,
        icon: "list-ordered",
        summary: "Asks a service for page after page, and collects what they hold.",
        schema: json!({
            "type": "object",
            "required": ["pagination_strategy", "url"],
            "properties": {
                "url": {"type": "string", "title": "URL", "x-ui": {"order": 1, "placeholder": "https://api.example.com/orders"}},
                "pagination_strategy": {"type": "string", "enum": ["offset_limit", "page_number", "cursor", "link_header"], "title": "How pages follow", "x-ui": {"order": 2}},
                "results_path": {"type": "string", "title": "Where the elements are", "description": "Members with dots, like `data.items`; the answer itself or an array in it without.", "x-template": false},
                "max_pages": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10, "title": "Most pages"},
                "until": {"type": "string", "title": "Until", "description": "No further page is fetched once this holds; `input` is the last answer, `index` its number.", "x-ui": {"widget": "expression"}},
                "page_size": {"type": "integer", "minimum": 1, "default": 100, "title": "Elements per page"},
                "offset_param": {"type": "string", "default": "offset", "title": "Parameter for the offset"},
                "limit_param": {"type": "string", "default": "limit", "title": "Parameter for the number of elements"},
                "page_param": {"type": "string", "default": "page", "title": "Parameter for the page"},
                "per_page_param": {"type": "string", "default": "per_page", "title": "Parameter for the elements per page"},
                "first_page": {"type": "integer", "default": 1, "title": "Number of the first page"},
                "cursor_param": {"type": "string", "default": "cursor", "title": "Parameter for the cursor"},
                "next_cursor_path": {"type": "string", "default": "next_cursor", "title": "Where the next cursor is", "x-template": false},
                "link_header": {"type": "string", "default": "link", "title": "Header with the links"},
                "total_count_path": {"type": "string", "title": "Where the total is", "x-template": false},
                "method": {"type": "string", "enum": ["GET", "POST"], "default": "GET", "title": "Method"},
                "headers": {"type": "object", "title": "Headers", "x-ui": {"widget": "key-value"}},
                "query": {"type": "object", "title": "Query", "x-ui": {"widget": "key-value"}},
                "body": {"title": "Body", "x-ui": {"widget": "json"}},
                "http_client_uid": {"type": "string", "title": "Named client", "x-ui": {"widget": "credential"}},
                "retry": crate::machine::Retry::schema()
            }
        }),
        ports: ports::through(),
        purity: Purity::Effect,
        example: json!({"url": "https://api.example.com/orders", "pagination_strategy": "cursor", "results_path": "data"}),
    }
}

#[derive(Clone)]
struct Paginator {
    /// What every request has.
    base: Map,
    url: Str,
    query: Map,
    strategy: Strategy,
    results: Option<Str>,
    total: Option<Str>,
    page_size: u32,
    most_pages: u32,
    until: Option<SharedFormula>,
}

/// How the next page is asked for.
#[derive(Clone)]
enum Strategy {
    Offset { offset: Str, limit: Str },
    Page { page: Str, per_page: Str, first: f64 },
    Cursor { parameter: Str, next: Str },
    Link { header: Str },
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let word = |name: &str, default: &str| settings.text(name).cloned().unwrap_or_else(|| default.into());
    let strategy = match settings.required_text("pagination_strategy") {
        "offset_limit" => Strategy::Offset { offset: word("offset_param", "offset"), limit: word("limit_param", "limit") },
        "page_number" => Strategy::Page {
            page: word("page_param", "page"),
            per_page: word("per_page_param", "per_page"),
            first: settings.number("first_page").unwrap_or(1.0),
        },
        "cursor" => Strategy::Cursor { parameter: word("cursor_param", "cursor"), next: word("next_cursor_path", "next_cursor") },
        _ => Strategy::Link { header: word("link_header", "link").to_ascii_lowercase().as_str().into() },
    };
    let kept = ["method", "headers", "body", "http_client_uid"].into_iter();
    let base = kept.filter_map(|name| Some((name, settings.get(name)?.clone()))).chain([("full_response", Value::Bool(true))]);
    let base = Map::from_pairs(base);
    let until = match settings.text("until") {
        Some(_) => Some(settings.shared_expression("until")?),
        None => None,
    };
    Some(Box::new(Paginator {
        base,
        url: settings.text("url")?.clone(),
        query: settings.get("query").and_then(Value::as_map).cloned().unwrap_or_default(),
        strategy,
        results: settings.text("results_path").cloned(),
        total: settings.text("total_count_path").cloned(),
        page_size: settings.number("page_size").unwrap_or(100.0) as u32,
        most_pages: settings.number("max_pages").unwrap_or(10.0) as u32,
        until,
    }))
}

impl Node for Paginator {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let mut query = self.query.clone();
        match &self.strategy {
            Strategy::Offset { offset, limit } => query = query.with(offset.clone(), 0).with(limit.clone(), self.page_size),
            Strategy::Page { page, per_page, first } => query = query.with(page.clone(), *first).with(per_page.clone(), self.page_size),
            Strategy::Cursor { .. } | Strategy::Link { .. } => {}
        }
        let paging = Paging { node: self.clone(), items: Collected::default(), pages: 0 };
        Box::new(paging).ask(self.url.clone(), query, run)
    }

    fn uses(&self) -> Uses {
        let references = self.until.as_ref().map(|until| until.references().clone()).unwrap_or_default();
        Uses { references, asks: true, ..Uses::default() }
    }
}

/// Between two pages.
struct Paging {
    node: Paginator,
    items: Collected,
    pages: u32,
}

/// Where the next page is, if there is one.
enum Next {
    Query(Map),
    Url(Str),
    None,
}

impl Paging {
    fn ask(self: Box<Self>, url: Str, query: Map, run: &Run<'_>) -> Result<Flow, Fault> {
        let settings = self.node.base.with("url", Value::String(url));
        let settings = if query.is_empty() { settings } else { settings.with("query", query) };
        let left = u64::try_from(run.deadline.duration_since(run.now).as_millis()).unwrap_or(0);
        let timeout_ms = run.limits.max_node_duration_ms.min(left).max(1);
        Ok(Flow::Part(self.pages, Ask::Call { connector: Some("http"), settings: settings.into(), timeout_ms }, self))
    }

    fn finish(self, has_more: bool, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let members = [("count", Value::from(self.items.len())), ("has_more", Value::Bool(has_more)), ("pages", Value::from(self.pages))];
        Ok(Flow::Done(Map::from_pairs(members).with("items", self.items.into_value(run)?).into()))
    }

    /// What follows a page with so many elements.
    fn next(&self, answer: &Value, count: usize) -> Result<Next, Fault> {
        let node = &self.node;
        let body = answer.get("body").cloned().unwrap_or_default();
        let total = node.total.as_deref().and_then(|path| below(&body, path)).and_then(Value::as_f64);
        let is_last = count == 0 || total.map_or(count < node.page_size as usize, |total| self.items.len() as f64 >= total);
        Ok(match &node.strategy {
            Strategy::Offset { .. } | Strategy::Page { .. } if is_last => Next::None,
            Strategy::Offset { offset, limit } => {
                Next::Query(node.query.with(offset.clone(), self.items.len()).with(limit.clone(), node.page_size))
            }
            Strategy::Page { page, per_page, first } => {
                Next::Query(node.query.with(page.clone(), first + f64::from(self.pages)).with(per_page.clone(), node.page_size))
            }
            Strategy::Cursor { parameter, next } => match below(&body, next) {
                None | Some(Value::Null | Value::Bool(false)) => Next::None,
                Some(Value::String(cursor)) if cursor.is_empty() => Next::None,
                Some(cursor) => Next::Query(node.query.with(parameter.clone(), cursor.clone())),
            },
            Strategy::Link { header } => match answer.get("headers").and_then(|headers| headers.get(header)).and_then(Value::as_str) {
                Some(links) => next_link(links, &node.url)?.map_or(Next::None, Next::Url),
                None => Next::None,
            },
        })
    }
}

impl Task for Paging {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let answer = match event {
            Event::Answer(answer) => answer,
            Event::Woken | Event::Fuel | Event::Object(_) => Value::Null,
        };
        let body = answer.get("body").cloned().unwrap_or_default();
        let found = match self.node.results.as_deref() {
            Some(path) => below(&body, path),
            None => array::find(&body),
        };
        let Some(found) = found.and_then(Value::as_list) else {
            let place = self.node.results.as_deref().map_or_else(String::new, |path| format!(" at `{path}`"));
            return Err(Fault::wrong_input(format!("page {} has no array{place}", self.pages)));
        };
        for item in found {
            self.items.push(item.clone(), run)?;
        }
        run.spend(found.len() as u64);
        self.pages += 1;
        if let Some(until) = &self.node.until {
            let items = Value::Null;
            let element = Element { item: &body, index: self.pages as usize - 1, items: &items };
            if until.test(run, Binding { input: Some(&body), element: Some(element), accumulator: None })? {
                return self.finish(true, run);
            }
        }
        let next = self.next(&answer, found.len())?;
        let may_go_on = self.pages < self.node.most_pages;
        match next {
            Next::None => self.finish(false, run),
            Next::Query(_) | Next::Url(_) if !may_go_on => self.finish(true, run),
            Next::Query(query) => {
                let url = self.node.url.clone();
                self.ask(url, query, run)
            }
            Next::Url(url) => self.ask(url, Map::new(), run),
        }
    }
}

/// The value at a path of members with dots.
fn below<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

/// The address that a `Link` header calls `next`. It must be of the origin that was asked, because what is sent there was meant for that.
fn next_link(links: &str, url: &str) -> Result<Option<Str>, Fault> {
    for link in links.split(',') {
        let mut parts = link.split(';').map(str::trim);
        let address = parts.next().and_then(|part| part.strip_prefix('<')?.strip_suffix('>'));
        let is_next =
            parts.any(|part| part.strip_prefix("rel=").is_some_and(|rel| rel.trim_matches('"').split(' ').any(|word| word == "next")));
        let Some(address) = address.filter(|_| is_next) else { continue };
        let origin = origin(url);
        return match address {
            path if path.starts_with('/') && !path.starts_with("//") => Ok(Some(format!("{origin}{path}").into())),
            whole if self::origin(whole) == origin => Ok(Some(whole.into())),
            other => Err(Fault::new(
                "address_refused",
                format!("the next page is said to be at {other}, and pages are fetched from {origin} only"),
            )),
        };
    }
    Ok(None)
}

/// `https://host:port`
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}
