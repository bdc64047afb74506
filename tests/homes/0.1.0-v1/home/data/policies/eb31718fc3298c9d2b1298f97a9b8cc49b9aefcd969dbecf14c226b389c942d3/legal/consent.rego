# METADATA
# title: Consent and objection
# description: >-
#   Where consent is the lawful basis it must be given, for this purpose, and still
#   stand. Whoever objected is not processed on legitimate interests, nor for direct
#   marketing on any basis. The customer's own rights need no consent.
# custom:
#   article: GDPR 4(11), 6(1)(a), 7, 21; PIPL 13(1), 14, 15
package allod.legal.consent

import data.allod.asked

installed := true

needed if {
	input.resource.basis == "consent"
	not asked.right
}

open_to_objection if input.resource.basis == "legitimate_interests"

open_to_objection if input.resource.basis == "public_task"

open_to_objection if asked.purpose.direct_marketing

open_to_objection if needed

deny contains {
	"code": "consent.missing",
	"article": "GDPR 6(1)(a)",
	"fix": "ask the customer for consent to this purpose",
} if {
	needed
	input.resource.consent == "unknown"
}

deny contains {
	"code": "consent.withdrawn",
	"article": "GDPR 7(3)",
	"fix": "the customer withdrew consent; do not ask again unprompted",
} if {
	needed
	input.resource.consent == "withdrawn"
}

deny contains {
	"code": "consent.expired",
	"article": "GDPR 7(1)",
	"fix": "the consent has lapsed; ask the customer to renew it",
} if {
	needed
	input.resource.consent == "expired"
}

deny contains {
	"code": "consent.objected",
	"article": "GDPR 21",
	"fix": "the customer objected; stop this use",
} if {
	open_to_objection
	not asked.right
	input.resource.consent == "objected"
}
