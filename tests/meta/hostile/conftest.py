"""The suite of the toy homework is graded by the tests here, and is no test itself."""

collect_ignore = ["suite"]
