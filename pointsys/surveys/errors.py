from pointsys.common.errors import DomainError


class SurveyError(DomainError):
    """A refusal of a survey; nothing was written."""


class SurveyClosed(SurveyError):
    code = "surveys.closed"
    message = "このアンケートは、受付を終えました。"


class WrongQuestion(SurveyError):
    code = "surveys.wrong_question"
    message = "設問「{text}」は、{reason}。"


class NoQuestions(SurveyError):
    code = "surveys.no_questions"
    message = "設問がありません。1つ以上入れてください。"


class WrongAnswer(SurveyError):
    code = "surveys.wrong_answer"
    message = "「{text}」の答えを確かめてください。{reason}"


class NothingAnswered(SurveyError):
    code = "surveys.nothing_answered"
    message = "1つ以上の設問に答えてください。"


class AnotherSheet(SurveyError):
    code = "surveys.another_sheet"
    message = (
        "この回答は、別のアンケートとしてすでに届いています。もう一度はじめから答えてください。"
    )
