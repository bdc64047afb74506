# METADATA
# title: Need to know
# description: >-
#   Whoever asks must have to do with the person: their own record, one assigned to
#   them, one in their branch of the organisation, or one under a time-limited grant.
# custom:
#   article: GDPR 5(1)(f), 29, 32(4); PIPL 51
package allod.legal.reach

import data.allod.asked

installed := true

none if input.resource.reach == "none"

fits if input.resource.reach in asked.purpose.reach

deny contains {
	"code": "reach.none",
	"article": "GDPR 5(1)(f), 32(4); PIPL 51",
	"fix": "have the customer assigned to you, or ask for a time-limited grant",
} if none

deny contains {
	"code": "reach.outside",
	"article": "GDPR 5(1)(f), 32(4); PIPL 51",
	"fix": "this purpose is not open to the way in which you reach this customer",
} if {
	not none
	not fits
}
