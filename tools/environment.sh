# SPDX-License-Identifier: EUPL-1.2
# Sourced by ./demo and ./check: keeps caches inside the checkout and finds the tools that tools/prepare fetched.
export PATH="$PWD/build/bin:$PATH"
export CCACHE_DIR="${CCACHE_DIR:-$PWD/build/ccache}"
export npm_config_cache="${npm_config_cache:-$PWD/build/npm-cache}"
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
export SCARF_ANALYTICS=false PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 PYTHONDONTWRITEBYTECODE=1
