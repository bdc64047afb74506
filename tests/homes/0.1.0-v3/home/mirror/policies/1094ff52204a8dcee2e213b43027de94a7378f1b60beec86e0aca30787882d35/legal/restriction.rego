# METADATA
# title: Restriction and erasure
# description: >-
#   A restricted record is stored and not used, but for the customer and for legal
#   claims. An erased one is open to nobody.
# custom:
#   article: GDPR 17, 18; PIPL 44, 47
package allod.legal.restriction

import data.allod.asked

installed := true

deny contains {
	"code": "state.erased",
	"article": "GDPR 17; PIPL 47",
	"fix": "the record has been erased; nothing brings it back",
} if input.resource.state == "erased"

deny contains {
	"code": "state.restricted",
	"article": "GDPR 18(2); PIPL 44",
	"fix": "the customer restricted processing; wait until the restriction is lifted",
} if {
	input.resource.state == "restricted"
	asked.purpose.restricted == "closed"
}
