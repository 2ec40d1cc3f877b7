# A developer's day. `just` lists these; each line is what you would type yourself.

# List the recipes.
default:
    @just --list

# The main job: run the suite on the reference stack and print the requirement matrix.
check *ARGS:
    cargo run --release -- check {{ARGS}}

# Run scripts, with the exchange shown: `just run path/to/script.pkt`.
run *ARGS:
    cargo run --release -- run --trace {{ARGS}}

# Every test that a stock Rust toolchain can run.
test *ARGS:
    cargo test {{ARGS}}

# What a change must pass before it lands.
ci:
    .ci/run

# Format the code and the scripts.
fmt:
    cargo fmt --all
    cargo run --quiet -- fmt conformance/scripts

# Warnings are errors.
lint:
    cargo clippy --workspace --all-targets -- -D warnings
    cargo run --quiet -- lint conformance/scripts

# The documentation, opened.
doc:
    cargo doc --no-deps --open

# Fuzz one target for so many seconds: `just fuzz one_host 300`.
fuzz TARGET SECONDS="60":
    cargo +nightly fuzz run {{TARGET}} -- -dict=fuzz/dictionaries/{{TARGET}}.dict -max_total_time={{SECONDS}}

# Figures, each compared within the same run.
bench *ARGS:
    cargo bench {{ARGS}}

# Make the captures again, in network namespaces of our own (Linux, root or unprivileged user namespaces).
captures:
    cargo run --release -p stackdrill-tests --bin make_captures -- pcaps/captures

# Accept changed snapshots after reading them.
bless:
    cargo insta review
