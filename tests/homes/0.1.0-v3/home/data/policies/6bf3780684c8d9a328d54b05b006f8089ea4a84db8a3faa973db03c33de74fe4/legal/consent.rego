# METADATA
# title: Consent and objection
# description: >-
#   Where consent is the lawful basis it must stand for this purpose. An objection stops
#   legitimate interests and, on any basis, direct marketing, which takes consent by
#   e-mail and text message; a legal claim goes on. The customer's own rights need none.
#   Whoever withdrew said no too, be the basis another now than when they did.
# custom:
#   article: GDPR 4(11), 6(1)(a), 7, 21; ePrivacy 13; PIPL 13(1), 14, 15, 24, 25, 44
package allod.legal.consent

import data.allod.asked

installed := true

needed if {
	input.resource.basis == "consent"
	not asked.right
}

open_to_objection if {
	input.resource.basis == "legitimate_interests"
	not exempt
}

open_to_objection if {
	input.resource.basis == "public_task"
	not exempt
}

exempt if asked.purpose.objection == "exempt"

marketing if asked.purpose.direct_marketing

licensed if input.resource.ugc == "granted"

deny contains {
	"code": "consent.missing",
	"article": "GDPR 6(1)(a); PIPL 13(1)",
	"fix": "ask the customer for consent to this purpose",
} if {
	needed
	input.resource.consent == "unknown"
}

deny contains {
	"code": "consent.withdrawn",
	"article": "GDPR 7(3); PIPL 15(1)",
	"fix": "the customer withdrew consent; do not ask again unprompted",
} if {
	needed
	input.resource.consent == "withdrawn"
}

deny contains {
	"code": "consent.expired",
	"article": "GDPR 7(1); PIPL 14(1)",
	"fix": "the consent has lapsed; ask the customer to renew it",
} if {
	needed
	input.resource.consent == "expired"
}

objected if {
	needed
	input.resource.consent == "objected"
}

objected if {
	not asked.right
	not needed
	noes[input.resource.consent]
}

# The words by which a person has said no.
noes := {"objected", "withdrawn"}

electronic_mail if asked.purpose.channel == "email"

electronic_mail if asked.purpose.channel == "sms"

# An objection says one thing and has three grounds: each is told with its own.
deny contains {
	"code": "consent.objected",
	"article": "GDPR 21(2), 21(3); PIPL 24(2), 44",
	"fix": "the customer objected to direct marketing; stop this use",
} if {
	objected
	marketing
}

deny contains {
	"code": "consent.objected",
	"article": "GDPR 7(3); PIPL 15(1)",
	"fix": "the customer said no where consent is needed; stop this use",
} if {
	objected
	needed
	not marketing
}

deny contains {
	"code": "consent.objected",
	"article": "GDPR 21(1); PIPL 44",
	"fix": "the customer objected; stop this use",
} if {
	objected
	open_to_objection
	not marketing
}

deny contains {
	"code": "consent.electronic_mail",
	"article": "GDPR 6(1)(a); ePrivacy 13(1); PIPL 13(1)",
	"fix": "advertise by e-mail or text message to those alone who consented to it",
} if {
	marketing
	electronic_mail
	not needed
	not objected
	input.resource.consent != "granted"
}

deny contains {
	"code": "consent.separate",
	"article": "GDPR 6(1)(a); PIPL 25",
	"fix": "ask the customer for a separate consent to being shown in public, or for a licence",
} if {
	asked.public
	asked.separate.public
	not licensed
}
