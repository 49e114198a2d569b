use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Port, Ports, Purity};

/// Everything there is to say about `http`.
pub(super) fn description() -> NodeDescription {
    NodeDescription {
        node_type: "http",
        title: "HTTP request",
        category: Category::Connect,
        icon: "globe",
        summary: "Calls a URL and gives the body of the answer.",
        schema: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "required": ["url"],
            "properties": {
                "url": { "type": "string", "title": "URL", "description": "http or https; addresses of private networks are refused.",
                    "x-ui": { "order": 1, "placeholder": "https://api.example.com/orders", "expression": "allowed" } },
                "method": { "type": "string", "title": "Method", "enum": ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], "default": "GET",
                    "x-ui": { "order": 2, "widget": "select" } },
                "headers": { "type": "object", "title": "Headers", "description": "Sent with the request.",
                    "x-ui": { "order": 3, "widget": "key-value", "expression": "allowed" } },
                "query": { "type": "object", "title": "Query", "description": "Added to the URL; a list gives a parameter several times, null leaves it out.",
                    "x-ui": { "order": 4, "widget": "key-value", "expression": "allowed" } },
                "body": { "title": "Body", "description": "Text is sent as it is, everything else as JSON.",
                    "x-ui": { "order": 5, "widget": "json", "expression": "allowed" } },
                "timeout": { "type": ["string", "number"], "title": "Time limit", "description": "Such as 10s; a number is milliseconds.", "default": "30s",
                    "x-ui": { "order": 6, "widget": "duration", "section": "advanced" } },
                "expect_status": { "type": ["number", "string", "array"], "items": { "type": ["number", "string"] }, "title": "Expected status",
                    "description": "What counts as success: a status such as 201, a class such as \"2xx\", or a list of both.", "default": "2xx",
                    "x-ui": { "order": 7, "section": "advanced" } },
                "full_response": { "type": "boolean", "title": "Status and headers too", "description": "Gives {status, headers, body} instead of the body.", "default": false,
                    "x-ui": { "order": 8, "widget": "toggle", "section": "advanced" } },
                "follow_redirects": { "type": "boolean", "title": "Follow redirects", "default": true, "x-ui": { "order": 9, "widget": "toggle", "section": "advanced" } },
                "idempotency_key": { "type": ["string", "boolean"], "title": "Idempotency key",
                    "description": "Sent as Idempotency-Key with requests that change something, the same for every try. Off: such a request is not tried again once it may have arrived.",
                    "default": true, "x-ui": { "order": 10, "section": "advanced", "expression": "allowed" } },
                "http_client_uid": { "type": "string", "title": "Named client", "description": "The connection whose credentials are used.",
                    "x-ui": { "order": 11, "widget": "credential", "section": "advanced" } }
            }
        }),
        ports: Ports { inputs: vec![Port::new("", "Input")], outputs: vec![Port::new("", "Answer")], ..Ports::default() },
        purity: Purity::Effect,
        example: json!({ "url": "https://api.example.com/orders", "method": "POST", "body": { "id": 7 } }),
    }
}
