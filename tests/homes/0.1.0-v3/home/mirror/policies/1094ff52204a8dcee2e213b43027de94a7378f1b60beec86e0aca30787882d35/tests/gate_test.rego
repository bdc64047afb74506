# What a row of a case file cannot say: a missing word, a missing file, a batch.
package allod.gate_test

principal := {"kind": "service", "roles": ["support"], "region": "us", "assurance": 1}

common := {"v": 1, "action": "read", "purpose": "support.case", "principal": principal}

resource := {
	"collection": "profile", "classes": ["identity"], "reach": "in_scope",
	"region": "us", "state": "active", "minor": "no", "retention": "within",
	"hold": false, "basis": "contract", "consent": "unknown", "ugc": "none",
}

question := object.union(common, {"resource": resource})

codes(decision) := {reason.code | some reason in decision.reasons}

test_a_whole_question_is_allowed if {
	data.allod.gate.decision.allow with input as question
}

test_an_empty_question_is_refused_word_by_word if {
	decision := data.allod.gate.decision with input as {}
	not decision.allow
	count(codes(decision)) == 19
}

test_each_word_that_is_absent_is_refused if {
	every word, _ in resource {
		partial := object.remove(resource, [word])
		decision := data.allod.gate.decision with input as object.union(common, {"resource": partial})
		not decision.allow
		count(codes(decision)) == 1
	}
}

test_a_batch_keeps_length_and_order if {
	items := [resource, object.union(resource, {"reach": "none"}), resource]
	batch := data.allod.gate.decisions with input as {"common": common, "items": items}
	[decision.allow | some decision in batch] == [true, false, true]
}

test_an_empty_batch_is_empty if {
	batch := data.allod.gate.decisions with input as {"common": common, "items": []}
	batch == []
}

test_nobody_permits_an_unheard_of_principal if {
	stranger := object.union(common, {"principal": object.union(principal, {"roles": []})})
	decision := data.allod.gate.decision with input as object.union(stranger, {"resource": resource})
	codes(decision) == {"purpose.role"}
}

test_without_tables_nothing_is_allowed if {
	decision := data.allod.gate.decision with input as question with data.tables as {}
	not decision.allow
	codes(decision)["gate.not_intact"]
}

test_a_package_that_is_not_installed_closes_the_gate if {
	decision := data.allod.gate.decision with input as question with data.allod.legal.ugc.installed as false
	not decision.allow
	codes(decision) == {"gate.not_intact"}
}

test_nothing_permitted_and_nothing_denied_is_refused if {
	decision := data.allod.gate.decision with input as question with data.allod.legal.purpose.permit as set()
	codes(decision) == {"gate.no_permit"}
}

test_a_denial_is_stronger_than_a_permit if {
	reason := {"code": "x.y", "article": "", "fix": ""}
	decision := data.allod.gate.decision with input as question with data.allod.legal.hold.deny as {reason}
	not decision.allow
	decision.masks == {}
	codes(decision) == {"x.y"}
}

own := object.union(common, {
	"purpose": "self.access",
	"principal": {"kind": "customer", "roles": [], "region": "atlantis", "assurance": 1},
	"resource": object.union(resource, {"reach": "self", "region": "atlantis", "basis": "none"}),
})

test_own_access_asks_no_table_of_regions if {
	data.allod.gate.decision.allow with input as own
}

test_somebody_elses_region_has_to_be_known if {
	near := object.union(own, {"resource": object.union(own.resource, {"reach": "none"})})
	decision := data.allod.gate.decision with input as near
	codes(decision) == {"gate.unknown_caller_region", "gate.unknown_region"}
}

test_staff_have_no_own_access_to_an_unknown_region if {
	staff := object.union(own, {"principal": {"kind": "staff", "roles": ["support"], "region": "us", "assurance": 1}})
	decision := data.allod.gate.decision with input as staff
	codes(decision) == {"gate.unknown_region"}
}

test_a_purpose_that_is_no_right_asks_for_the_region if {
	question := object.union(own, {"purpose": "support.case"})
	decision := data.allod.gate.decision with input as question
	codes(decision) == {"gate.unknown_caller_region", "gate.unknown_region"}
}

test_a_region_is_a_word_even_in_own_access if {
	every wrong in [0, null, [], {}] {
		principal := object.union(own.principal, {"region": wrong})
		nowhere := object.union(own.resource, {"region": wrong})
		decision := data.allod.gate.decision with input as object.union(own, {"principal": principal, "resource": nowhere})
		codes(decision) == {"gate.unknown_caller_region", "gate.unknown_region"}
	}
}
