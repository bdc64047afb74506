// Package formats verifies what a vault hands out. It was written from docs/formats.md
// and follows that page alone: each file names the section that it is of. Nothing here is
// shared with the vault's own verifiers, so that where they agree, the page is true.
package formats
