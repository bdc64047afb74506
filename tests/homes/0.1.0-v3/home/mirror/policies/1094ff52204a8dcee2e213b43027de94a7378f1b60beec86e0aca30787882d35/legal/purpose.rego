# METADATA
# title: Purpose limitation
# description: >-
#   Data is used for a named purpose only, by a role, through an action and on a lawful
#   basis that its row lists and that the law of the record's region knows.
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

basis_exists if asked.right

basis_exists if input.resource.basis == "none"

basis_exists if input.resource.basis in asked.law.bases

assurance_fits if input.principal.assurance >= asked.purpose.assurance

deny contains {
	"code": "purpose.role",
	"article": "GDPR 5(1)(b), 32(4); PIPL 6(1), 51",
	"fix": "ask with a role that this purpose is open to",
} if not role_fits

deny contains {
	"code": "purpose.action",
	"article": "GDPR 5(1)(b); PIPL 6(1)",
	"fix": "this purpose does not cover that kind of use; ask legal which one does",
} if not action_fits

deny contains {
	"code": "purpose.basis",
	"article": "GDPR 6(1); PIPL 13",
	"fix": "the catalogue names no lawful basis for this data and this purpose",
} if not basis_fits

deny contains {
	"code": "basis.region",
	"article": "GDPR 6(1); PIPL 13",
	"fix": "the law of the record's region knows no such lawful basis; have legal name another in the catalogue",
} if not basis_exists

deny contains {
	"code": "purpose.assurance",
	"article": "GDPR 32(1); PIPL 51",
	"fix": "sign in again with a stronger proof of who you are",
	"params": {"needed": object.get(asked.purpose, "assurance", 0)},
} if not assurance_fits

# Numbers about groups are given only when the group is large enough to hide a person.
obligation contains {"type": "cohort", "min": asked.purpose.cohort} if asked.purpose.cohort > 0
