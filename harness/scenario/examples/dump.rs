//! x
fn main(){ let r=concat!(env!("CARGO_MANIFEST_DIR"),"/../../scenarios/"); std::fs::write(format!("{r}scenario.schema.json"),scenario::schema::print(&scenario::schema::scenario_schema())).unwrap(); std::fs::write(format!("{r}fragment.schema.json"),scenario::schema::print(&scenario::schema::fragment_schema())).unwrap(); }
