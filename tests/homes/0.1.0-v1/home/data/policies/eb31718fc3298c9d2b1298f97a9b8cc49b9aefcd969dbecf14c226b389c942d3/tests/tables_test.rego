# What the tables and the rules say and no single decision shows.
package allod.tables_test

import data.allod.masking_test

customer := {"kind": "customer", "roles": [], "region": "us", "assurance": 1}

resource := {"reach": "self"}

test_masks_are_ordered_from_open_to_closed if {
	data.tables.mask_order == ["clear", "bucket", "city", "last4", "initials", "handle", "token", "drop"]
}

test_a_purpose_that_is_in_no_table_is_nobodys_right if {
	right := data.allod.asked.right with input as {"purpose": "no.such"}
	right == false
}

test_a_right_permits_by_itself_what_is_the_customers_own if {
	permit := data.allod.legal.self_access.permit with input as {"purpose": "self.access", "principal": customer, "resource": resource}
	permit == {"self.access"}
}

test_a_purpose_that_is_no_right_is_not_permitted_by_being_the_customers_own if {
	permit := data.allod.legal.self_access.permit with input as {"purpose": "support.case", "principal": customer, "resource": resource}
	permit == set()
}

test_special_categories_need_a_strong_sign_in if {
	masks := data.allod.legal.masking.masks with input as masking_test.question("legal.claims", ["legal"], ["special"])
	masks == {}
}
