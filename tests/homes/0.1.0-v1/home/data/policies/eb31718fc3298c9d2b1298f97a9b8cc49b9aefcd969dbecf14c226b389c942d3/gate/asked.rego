# METADATA
# title: What was asked, looked up in the tables
# description: >-
#   Shared by all rules, so that each can say `asked.purpose.bases` and mean the row
#   of the purpose that the caller named. Undefined for a purpose that is in no table;
#   the gate refuses such a question before any legal rule is looked at.
# custom:
#   article: GDPR 5(1)(b), 25(2)
package allod.asked

installed := true

purpose := data.tables.purposes[input.purpose]

# The roles that count: those named by the caller which its kind may hold, and the one
# that its kind brings with it. A role that its kind may not hold is an unknown role.
roles contains role if {
	is_array(input.principal.roles)
	some role in input.principal.roles
	is_string(role)
	some kind in data.tables.roles[role].kinds
	kind == input.principal.kind
}

roles contains role if role := data.tables.implied_roles[input.principal.kind]

# Those of them that the purpose is open to.
acting contains role if {
	some role in purpose.roles
	roles[role]
}

default right := false

right := purpose.right
