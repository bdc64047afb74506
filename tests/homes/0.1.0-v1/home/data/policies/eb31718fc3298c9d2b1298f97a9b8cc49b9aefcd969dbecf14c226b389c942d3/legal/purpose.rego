# METADATA
# title: Purpose limitation
# description: >-
#   Data is used for a named purpose only, by a role, through an action and on a
#   lawful basis that the table of purposes lists for it.
# custom:
#   article: GDPR 5(1)(b), 6(1); PIPL 6, 13
package allod.legal.purpose

import data.allod.asked

installed := true

permit contains "purpose.role" if role_fits

role_fits if count(asked.acting) > 0

action_fits if input.action in asked.purpose.actions

basis_fits if asked.right

basis_fits if input.resource.basis in asked.purpose.bases

assurance_fits if input.principal.assurance >= asked.purpose.assurance

deny contains {
	"code": "purpose.role",
	"article": "GDPR 5(1)(b), 32(4)",
	"fix": "ask with a role that this purpose is open to",
} if not role_fits

deny contains {
	"code": "purpose.action",
	"article": "GDPR 5(1)(b)",
	"fix": "this purpose does not cover that kind of use; ask legal which one does",
} if not action_fits

deny contains {
	"code": "purpose.basis",
	"article": "GDPR 6(1)",
	"fix": "the catalogue names no lawful basis for this data and this purpose",
} if not basis_fits

deny contains {
	"code": "purpose.assurance",
	"article": "GDPR 32(1)",
	"fix": "sign in again with a stronger proof of who you are",
} if not assurance_fits

# Numbers about groups are given only when the group is large enough to hide a person.
obligation contains {"type": "cohort", "min": asked.purpose.cohort} if asked.purpose.cohort > 0
