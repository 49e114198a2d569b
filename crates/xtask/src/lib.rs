//! Repository checks, as tests: what a reviewer would otherwise have to notice. Owns no product code.
