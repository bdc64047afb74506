# METADATA
# title: Children
# description: >-
#   Where the table says so, a purpose needs a person of age, or whoever holds
#   parental responsibility; as long as the age is unknown, it is closed.
# custom:
#   article: GDPR 8, recital 38; PIPL 28, 31
package allod.legal.minors

import data.allod.asked

installed := true

protected_purpose if asked.purpose.minors == "guardian"

deny contains {
	"code": "minor.guardian",
	"article": "GDPR 8(1); PIPL 31",
	"fix": "closed for children; whoever holds parental responsibility would have to agree",
} if {
	protected_purpose
	input.resource.minor == "yes"
}

deny contains {
	"code": "minor.unknown",
	"article": "GDPR 8(2); PIPL 31",
	"fix": "record whether the customer is of age",
} if {
	protected_purpose
	input.resource.minor == "unknown"
}
