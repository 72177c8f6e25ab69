"""Drugs that matter to a code: by class, and whether the patient takes them.

Generic and trade names as they are written in notes. Only what a rule needs is here; the risk element of
medical decision making recognises drugs by their dose as well (see `mdm`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from coding_svc.coding.assertion import Cue, assert_mention, find_cues
from coding_svc.coding.sections import Part
from coding_svc.coding.sentences import split_sentences
from coding_svc.domain import Assertion, Section

_CLASSES: Final = {
    "insulin": "insulin glargine lantus basaglar levemir detemir humalog lispro novolog aspart tresiba degludec toujeo "
    "nph humulin novolin semglee",
    "oral antidiabetic": "metformin glucophage glipizide glimepiride glyburide pioglitazone actos sitagliptin januvia "
    "linagliptin tradjenta empagliflozin jardiance dapagliflozin farxiga canagliflozin invokana ertugliflozin "
    "repaglinide nateglinide saxagliptin alogliptin acarbose rybelsus janumet",
    "injectable antidiabetic": "dulaglutide trulicity liraglutide victoza exenatide byetta bydureon tirzepatide "
    "mounjaro ozempic pramlintide",
    "anticoagulant": "warfarin coumadin apixaban eliquis rivaroxaban xarelto dabigatran pradaxa edoxaban savaysa",
    "antiplatelet": "clopidogrel plavix ticagrelor brilinta prasugrel effient",
    "aspirin": "aspirin asa ecotrin",
    "opioid": "oxycodone hydrocodone norco percocet morphine fentanyl methadone oxycontin hydromorphone tramadol",
    "over the counter": "tylenol acetaminophen ibuprofen advil motrin naproxen aleve cetirizine zyrtec loratadine claritin "
    "fexofenadine allegra benadryl diphenhydramine mucinex guaifenesin pepto tums imodium miralax colace sunscreen "
    "moisturizer emollient paracetamol dextromethorphan robitussin famotidine pseudoephedrine salicylic",
    "prescription": "lisinopril losartan amlodipine metoprolol carvedilol atenolol hydrochlorothiazide chlorthalidone furosemide "
    "lasix torsemide spironolactone aldactone valsartan olmesartan benazepril ramipril enalapril diltiazem verapamil "
    "hydralazine clonidine atorvastatin lipitor rosuvastatin crestor simvastatin pravastatin ezetimibe fenofibrate "
    "levothyroxine synthroid methimazole omeprazole prilosec pantoprazole protonix esomeprazole nexium lansoprazole "
    "sertraline zoloft escitalopram lexapro fluoxetine prozac citalopram celexa paroxetine venlafaxine effexor "
    "duloxetine cymbalta bupropion wellbutrin mirtazapine trazodone buspirone lorazepam alprazolam clonazepam "
    "zolpidem quetiapine aripiprazole lithium lamotrigine methylphenidate adderall amphetamine vyvanse atomoxetine "
    "gabapentin neurontin pregabalin lyrica topiramate sumatriptan imitrex rizatriptan propranolol amitriptyline "
    "nortriptyline cyclobenzaprine flexeril methocarbamol tizanidine baclofen meloxicam mobic diclofenac celecoxib "
    "celebrex ketorolac indomethacin colchicine allopurinol febuxostat prednisone medrol methylprednisolone "
    "prednisolone dexamethasone albuterol combivent ipratropium tiotropium spiriva fluticasone budesonide symbicort "
    "advair montelukast singulair benzonatate azithromycin amoxicillin augmentin doxycycline cephalexin keflex "
    "cefdinir ciprofloxacin levofloxacin nitrofurantoin macrobid bactrim trimethoprim metronidazole clindamycin "
    "penicillin ceftriaxone fluconazole valacyclovir acyclovir oseltamivir tamiflu paxlovid mupirocin clobetasol "
    "triamcinolone hydrocortisone ketoconazole terbinafine tretinoin clotrimazole betamethasone tacrolimus "
    "methotrexate hydroxychloroquine adalimumab humira alendronate fosamax estradiol progesterone testosterone "
    "finasteride tamsulosin flomax sildenafil tadalafil cialis oxybutynin mirabegron ondansetron zofran promethazine "
    "meclizine nitroglycerin digoxin amiodarone memantine donepezil levodopa carbidopa ropinirole semaglutide "
    "phentermine varenicline chantix naltrexone buprenorphine suboxone epinephrine epipen mesalamine isotretinoin "
    "spironolactone permethrin nystatin ofloxacin ciprodex timolol latanoprost lidocaine voltaren entresto "
    "sacubitril eplerenone nifedipine ursodiol cyclosporine azathioprine mycophenolate levetiracetam keppra",
}  # fmt: skip
CLASS_OF: Final = {name: group for group, names in _CLASSES.items() for name in names.split()}
_STOPPED: Final = frozenset("stop stopped discontinue discontinued held hold off avoid allergic allergy no not never denies".split())
_SILENT: Final = frozenset({Section.ALLERGIES, Section.FAMILY_HISTORY})


class DrugMention(NamedTuple):
    """A drug that the note says the patient takes or is given."""

    group: str
    name: str
    start: int
    end: int
    section: Section


def find_drugs(text: str, parts: list[Part]) -> list[DrugMention]:
    """Drugs taken or prescribed, in order; stopped, refused and allergic ones are left out."""
    found: list[DrugMention] = []
    for part in parts:
        if part.section in _SILENT:
            continue
        for sentence in split_sentences(text, part):
            cues: list[Cue] | None = None
            for index, token in enumerate(sentence.tokens):
                group = CLASS_OF.get(token.norm)
                if group is None:
                    continue
                before = {earlier.norm for earlier in sentence.tokens[max(0, index - 3) : index]}
                cues = cues if cues is not None else find_cues(sentence.tokens)
                spoken, _ = assert_mention(sentence.tokens, cues, index, index, part.section, text)
                if not before & _STOPPED and spoken in (Assertion.PRESENT, Assertion.HISTORICAL):
                    found.append(DrugMention(group, token.norm, token.start, token.end, part.section))
    return found
