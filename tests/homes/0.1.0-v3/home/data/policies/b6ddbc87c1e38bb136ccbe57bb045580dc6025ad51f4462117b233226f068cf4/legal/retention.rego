# METADATA
# title: Storage limitation
# description: >-
#   After the end of its period a record is not used. The customer still sees it as
#   long as it is there, and a legal claim may use it while a hold keeps it.
# custom:
#   article: GDPR 5(1)(e), 17(1)(a), 17(3)(e); PIPL 19, 47
package allod.legal.retention

import data.allod.asked

installed := true

open if input.resource.retention == "within"

open if asked.purpose.retention == "any"

open if {
	asked.purpose.retention == "held"
	input.resource.hold
}

deny contains {
	"code": "retention.expired",
	"article": "GDPR 5(1)(e); PIPL 19, 47(1)",
	"fix": "the period has ended; the record waits for erasure and is not used",
} if not open
