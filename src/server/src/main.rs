//! The binary `drawdown`: see [`drawdown_server::cli`].

fn main() -> std::process::ExitCode {
    drawdown_server::cli::main()
}
