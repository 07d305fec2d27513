//! The binary `drawdown`: see [`drawdown_server::cli`].

/// A request makes hundreds of small allocations, many freed by another thread than made them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    drawdown_server::cli::main()
}
