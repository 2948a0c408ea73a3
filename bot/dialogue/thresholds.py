"""Every number by which the understanding decides, with what chose it: scripts/choose_thresholds.py, where nothing else stands."""

# How likely a hazard must be. Left-out sentences of danger and their harmless look-alikes: recall first.
DANGER = {"die": 0.4, "poison": 0.5, "emergency": 0.5, "scam": 0.5, "fraud": 0.5}
# How likely the whole message must find it where a clause alone is as likely: as much as misses no more messages of danger.
SHADOW = 0.1
# Below it a meaning is only offered.
DOUBTFUL = 0.3
# How likely a task must be to be answered all the same, with the question whether it is meant.
GUESSED = 0.18
# And so many times as likely as the next task: of two alike both are offered.
CLEARER = 1.5
# While a task stands, the likeliest point of it is told all the same, the next as buttons.
DOUBTFUL_IN_THREAD = 0.08
# How sure a fact must be where the message may as well ask something.
SURE_FACT = 0.7
# How likely a fact must be to be taken for told: in the whole message, and in a clause of it. Of those heard in 672 turns .78
# were told, of those told .83 heard; with .4 and .5 these are .71 and .89.
FACT, FACT_OF_CLAUSE = 0.5, 0.9
# How sure a clause must be to be a wish of its own: a clause taken out of its sentence is often misread.
SECOND_WISH = 0.75
# While a task stands, a message that names none is so much likelier.
BARE_IN_THREAD = 2.0
# Where none stands, so much less.
BARE_ALONE = 0.5
# A task or a point beside talk (greeting, thanks, out of scope): wins where it has this share of the talk's probability.
TASK_OVER_TALK = 1.0
# What the likeness to a cell's examples weighs beside the classifier's log probability: of 573 later turns 390 were right with
# 12, 394 with 9, 395 with 6; with 9 a statement drowns a question that is nearly an example (understanding.yml).
LIKENESS_WEIGHT = 10.0
# What the tasks' own questions make likely weighs beside both.
ASKED_WEIGHT = 0.5
# What the likeness weighs for a message that names the task.
NAMED_LIKENESS_WEIGHT = 5.0
NAMED_UNLIKE = 0.5
# Below it two sentences are no more alike than any two. With .2 six more of 764 later turns are right, and eight dialogues break.
UNLIKE = 0.3
# From here on a statement is taken for a cell's example question.
SAME = 0.6
# Of a side question and the task under it: how likely a point is at most of the one, and at least of the other, that is meant.
# Not measured: far apart on purpose, for a wrong task is worse than a general answer.
HARDLY, RATHER = 0.1, 0.5
# Below it a message is not refused as beside the matter where a task may be meant.
SURE_OUTSIDE = 0.75
# How likely a second task must be to be offered too.
ALSO = 0.25
# How likely another point must be to be offered as a button.
OFFERED = 0.12
# How likely the whole message must find the point that a clause alone seems to ask for.
BESIDE = 0.02
# From here on a clause asks for a point in the fewest words.
AS_BARE = 0.85
# So much more like another task's example than any of the task in hand a message must be to be asked of that one.
CLEARLY = 0.1
# How likely a message that names nothing must be to ask for the way itself: of 200 later turns that want a point two seem to.
SURE_WHOLE = 0.5
# From here on who names a task asks of no other one: of 553 later turns 358 were then right, 350 before.
SURE_TASK = 0.9
