# METADATA
# title: The gate
# description: >-
#   Combines the legal rules into one decision. Nothing is allowed unless every
#   package is installed, every word of the question is known, at least one rule
#   permits, no rule denies, and at least one data class may be seen.
# custom:
#   article: GDPR 5(1)(f), 24, 25(2)
package allod.gate

versions := {1}

actions := {"read", "search", "export", "aggregate", "write", "verify"}

kinds := {"service", "staff", "customer", "auditor"}

reaches := {"self", "assigned", "in_scope", "granted", "none"}

states := {"active", "restricted", "erased"}

minors := {"yes", "no", "unknown"}

retentions := {"within", "expired"}

bases := {
	"consent", "contract", "legal_obligation", "vital_interests",
	"public_task", "legitimate_interests", "none",
}

consents := {"granted", "withdrawn", "expired", "objected", "unknown"}

conditions := {
	"9(2)(a)", "9(2)(b)", "9(2)(c)", "9(2)(d)", "9(2)(e)",
	"9(2)(f)", "9(2)(g)", "9(2)(h)", "9(2)(i)", "9(2)(j)", "none",
}

authorizations := {
	"none", "unasked", "granted", "restricted",
	"withdrawn", "expired", "out_of_scope",
}

# One line for each word of the question. A word that is absent, or not in its list,
# is not known; what is not known is refused.
known contains "version" if versions[input.v]

known contains "action" if actions[input.action]

known contains "kind" if kinds[input.principal.kind]

known contains "assurance" if is_number(input.principal.assurance)

known contains "caller_region" if data.tables.residency[input.principal.region]

# Whoever is entitled to their own data is so wherever they are, and wherever it is.
known contains "caller_region" if {
	is_string(input.principal.region)
	data.allod.asked.own
}

known contains "role" if {
	is_array(input.principal.roles)
	count(strange_roles) == 0
}

known contains "collection" if is_string(input.resource.collection)

known contains "class" if {
	is_array(input.resource.classes)
	count(input.resource.classes) > 0
	count(strange_classes) == 0
}

known contains "reach" if reaches[input.resource.reach]

known contains "region" if data.tables.residency[input.resource.region]

known contains "region" if {
	is_string(input.resource.region)
	data.allod.asked.own
}

known contains "state" if states[input.resource.state]

known contains "minor" if minors[input.resource.minor]

known contains "retention" if retentions[input.resource.retention]

known contains "hold" if is_boolean(input.resource.hold)

known contains "basis" if bases[input.resource.basis]

# A vault that is older than this word does not say it.
known contains "condition" if conditions[object.get(input.resource, "condition", "none")]

known contains "consent" if consents[input.resource.consent]

known contains "ugc" if authorizations[input.resource.ugc]

words := {
	"version", "action", "kind", "assurance", "caller_region", "role",
	"collection", "class", "reach", "region", "state", "minor",
	"retention", "hold", "basis", "condition", "consent", "ugc",
}

strange_roles contains role if {
	some role in input.principal.roles
	not data.allod.asked.roles[role]
}

strange_classes contains class if {
	some class in input.resource.classes
	not data.tables.classes[class]
}

faults contains {
	"code": concat("_", ["gate.unknown", word]),
	"article": "GDPR 25(2); PIPL 51",
	"fix": concat("", ["send a question whose ", word, " is one that the policies know"]),
	"params": {"word": word},
} if {
	some word in (words - known)
}

faults contains {
	"code": "purpose.unknown",
	"article": "GDPR 5(1)(b); PIPL 6(1)",
	"fix": "name a purpose from the table of purposes, or have legal add one",
} if not data.allod.asked.purpose

faults contains {
	"code": "gate.not_intact",
	"article": "GDPR 25(2); PIPL 51",
	"fix": "restore the policy files: a package or the tables are missing",
} if not intact

valid if count(faults) == 0

# Deleting a file must never widen access: each package answers for itself here.
intact if {
	data.allod.asked.installed
	data.allod.legal.consent.installed
	data.allod.legal.hold.installed
	data.allod.legal.masking.installed
	data.allod.legal.minors.installed
	data.allod.legal.purpose.installed
	data.allod.legal.reach.installed
	data.allod.legal.residency.installed
	data.allod.legal.restriction.installed
	data.allod.legal.retention.installed
	data.allod.legal.self_access.installed
	data.allod.legal.special.installed
	data.allod.legal.ugc.installed
	data.tables.purposes[_]
	data.tables.masks[_]
	data.tables.residency[_]
	data.tables.regions[_]
}

# Whatever a package of law permits, denies or makes a condition is heard, without a line
# for it here: one that says nothing of the kind, or is not there, silences no other.
permits contains permit if some permit in data.allod.legal[_].permit

legal_denials contains reason if some reason in data.allod.legal[_].deny

obligations contains obligation if some obligation in data.allod.legal[_].obligation

# The legal rules are asked only about questions whose every word is known.
denials contains reason if some reason in faults

denials contains reason if {
	valid
	some reason in legal_denials
}

denials contains {
	"code": "gate.no_permit",
	"article": "GDPR 6(1); PIPL 13",
	"fix": "no rule permits this; ask legal which purpose fits",
} if {
	valid
	count(permits) == 0
	count(legal_denials) == 0
}

default allow := false

allow if {
	intact
	valid
	count(permits) > 0
	count(denials) == 0
	count(data.allod.legal.masking.masks) > 0
}

decision := {
	"v": 1,
	"allow": true,
	"masks": data.allod.legal.masking.masks,
	"permits": [permit | some permit in permits],
	"obligations": [obligation | some obligation in obligations],
	"reasons": [],
} if allow

decision := {
	"v": 1,
	"allow": false,
	"masks": {},
	"permits": [],
	"obligations": [],
	"reasons": [reason | some reason in denials],
} if not allow

# The one rule that the vault asks: as many decisions as items, in the same order.
decisions := [verdict |
	some item in input.items
	verdict := decision with input as object.union(input.common, {"resource": item})
]
