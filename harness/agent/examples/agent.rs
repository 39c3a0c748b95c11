//! Throw-away.
#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let defect = std::env::var("DEFECT").ok().map(|n| n.parse::<agent::Defect>().unwrap());
    let r = match agent::Settings::from_environment(|n| std::env::var(n).ok()) {
        Ok(s) => agent::run(s.with_defect(defect)).await.map_err(|e| e.to_string()),
        Err(e) => Err(e.to_string()),
    };
    match r {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            std::process::ExitCode::FAILURE
        }
    }
}
