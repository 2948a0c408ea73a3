"""医保亲情助手: answers how to get things done with a relative's electronic medical insurance card."""
