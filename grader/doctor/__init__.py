"""The doctor of a suite: shows with wrong and right submissions which checks are any good (`gradebook check`)."""
