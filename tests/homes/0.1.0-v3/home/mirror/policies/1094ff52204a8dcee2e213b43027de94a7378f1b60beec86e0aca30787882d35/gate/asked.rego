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

# The customer's right, used by the customer: no table of regions has a say in it.
own if {
	right
	input.principal.kind == "customer"
	input.resource.reach == "self"
}

# What the law of the region says in which the record is kept.
law := data.tables.regions[input.resource.region]

# What it wants a consent of its own for, and has not got.
separate contains what if {
	some what in law.separate_consent
	not consented
}

consented if input.resource.consent == "granted"

consented if input.resource.basis in law.without_consent

# What the purpose shows to everybody.
public if purpose.audience == "public"
