"""medspaCy's ConText over the notes on standard input; run by the environment of peers.lock, not by ours.

Tokenizer, rule sentencizer, target matcher and ConText: the leanest pipeline that tells which terms are negated. It
knows a few hundred terms and assigns no codes.
"""

import json
import resource
import sys
import time

import spacy
from medspacy.context import ConText  # noqa: F401 - registers the component
from medspacy.target_matcher import TargetMatcher, TargetRule

TERMS = (
    "diabetes", "hypertension", "pain", "asthma", "cough", "fever", "pneumonia", "depression", "anxiety", "headache",
    "nausea", "vomiting", "edema", "fracture", "sprain", "infection", "rash", "arthritis", "gout", "anemia", "copd",
    "heart failure", "chest pain", "knee pain", "back pain", "sore throat", "sinusitis", "otitis media", "obesity",
    "hyperlipidemia", "kidney disease", "reflux", "insomnia", "migraine", "seizure", "stroke", "cancer", "smoking",
)  # fmt: skip


def main() -> None:
    """Print the figures as one line of JSON."""
    notes = json.load(sys.stdin)
    begun = time.process_time()
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    matcher: TargetMatcher = nlp.add_pipe("medspacy_target_matcher")
    matcher.add([TargetRule(term, "PROBLEM") for term in TERMS])
    nlp.add_pipe("medspacy_context")
    started = time.process_time() - begun
    for note in notes[:5]:
        nlp(note)
    count, begun, seconds = 0, time.process_time(), float(sys.argv[1])
    while time.process_time() - begun < seconds:
        for note in notes:
            nlp(note)
        count += len(notes)
    print(
        json.dumps(
            {
                "notes_per_cpu_second": round(count / (time.process_time() - begun), 1),
                "start_cpu_seconds": round(started, 2),
                "memory_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
