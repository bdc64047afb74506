# METADATA
# title: Children
# description: >-
#   Where the tables say so, a purpose needs a person of age, or whoever holds
#   parental responsibility; as long as the age is unknown, it is closed. So it is,
#   where a guardian consents for a child, with all that rests on consent or is public.
# custom:
#   article: GDPR 8, recital 38; PIPL 25, 28, 31
package allod.legal.minors

import data.allod.asked

installed := true

protected_purpose if asked.purpose.minors == "guardian"

protected_purpose if {
	guardian_consents
	input.resource.basis == "consent"
}

protected_purpose if {
	guardian_consents
	asked.public
}

guardian_consents if {
	"minor" in asked.law.separate_consent
	not asked.right
}

deny contains {
	"code": "minor.guardian",
	"article": "GDPR 8(1); PIPL 31(1)",
	"fix": "closed for children; whoever holds parental responsibility would have to agree",
} if {
	protected_purpose
	input.resource.minor == "yes"
}

deny contains {
	"code": "minor.unknown",
	"article": "GDPR 8(2); PIPL 31(1)",
	"fix": "record whether the customer is of age",
} if {
	protected_purpose
	input.resource.minor == "unknown"
}
