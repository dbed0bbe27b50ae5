"""The plan is checked as a compiler checks a program.

    upgrade --loading--> LoadedPlan --rules--> findings --waiving--> report --gate--> may it be approved?
                                                  |
                                                  +--fixes--> a normal edit, that can be undone

A rule is a pure function of the loaded plan. Whatever it needs to know is loaded before (`parts`), set-based and once.
"""
