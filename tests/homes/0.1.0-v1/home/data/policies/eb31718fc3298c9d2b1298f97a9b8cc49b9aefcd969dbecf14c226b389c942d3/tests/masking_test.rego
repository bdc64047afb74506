# Masks: what a table that lawyers edit could get wrong must hide, not show.
package allod.masking_test

import data.allod.gate_test

question(purpose, roles, classes) := object.union(gate_test.common, {
	"purpose": purpose,
	"principal": {"kind": "staff", "roles": roles, "region": "us", "assurance": 1},
	"resource": object.union(gate_test.resource, {"classes": classes}),
})

test_a_role_without_a_row_for_the_class_hides_it if {
	tables := object.union(object.remove(data.tables.masks, ["support"]), {"support": {"identity": "clear"}})
	masks := data.allod.legal.masking.masks with input as question("support.case", ["support"], ["contact", "identity"]) with data.tables.masks as tables
	masks == {"identity": "clear"}
}

test_a_mask_outside_the_order_hides_the_class if {
	tables := object.union(data.tables.masks, {"support": {"identity": "sparkle"}})
	masks := data.allod.legal.masking.masks with input as question("support.case", ["support"], ["identity"]) with data.tables.masks as tables
	masks == {}
}

test_the_stricter_of_role_and_purpose_counts if {
	masks := data.allod.legal.masking.masks with input as question("ugc.display", ["marketing"], ["content", "identity"])
	masks == {"content": "clear", "identity": "initials"}
}

test_a_class_that_the_purpose_does_not_list_is_not_shown if {
	masks := data.allod.legal.masking.masks with input as question("billing.invoice", ["finance"], ["identity", "preference"])
	masks == {"identity": "clear"}
}

test_the_customer_sees_everything_in_clear if {
	every class, _ in data.tables.classes {
		data.tables.masks.customer[class] == "clear"
	}
}
