-- What an answer of the customer ends, and which corrections it takes the place of, depends on what they were shown: takeAnswer does both.
drop trigger end_confirmed_values on verification_step;
drop function end_confirmed_values();
