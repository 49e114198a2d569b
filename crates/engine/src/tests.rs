//! Tests of the engine as its users see it. Graphs are written in the notation of [`notation`].

mod bodies;
mod chains;
mod children;
mod effects;
mod graphs;
mod guards;
mod large;
mod limits;
mod malformed;
mod nested;
mod nodes;
mod notation;
mod properties;
mod races;
mod reads;
mod robust;
mod templates;
mod waits;
mod world;
