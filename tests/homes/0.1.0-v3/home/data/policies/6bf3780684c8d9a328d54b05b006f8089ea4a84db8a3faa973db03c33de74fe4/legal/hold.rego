# METADATA
# title: Legal hold
# description: >-
#   What is held as evidence is not changed, by anybody, until the hold is lifted.
#   Reading goes on under the other rules.
# custom:
#   article: GDPR 17(3)(e), 18(1)(c); PIPL 47
package allod.legal.hold

installed := true

deny contains {
	"code": "hold.frozen",
	"article": "GDPR 18(1)(c), 18(2); PIPL 47(2)",
	"fix": "wait until the hold is lifted, or ask legal to lift it",
} if {
	input.resource.hold
	input.action == "write"
}
