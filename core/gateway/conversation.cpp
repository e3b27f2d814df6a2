// SPDX-License-Identifier: MIT
#include "gateway/conversation.h"

#include "base/log.h"
#include "gateway/response_desk.h"
#include "protocol/responses_memory.h"

namespace gr::gateway {

http::Awaitable<Result<void>> recallConversation(ExchangeState& state) {
    const auto memory = protocol::readMemoryAsk(state.ask);
    if (!memory)
        co_return fail(memory.error());
    ResponseDesk& desk = state.services.responses;
    Conversation& conversation = state.conversation;
    const bool generates = state.ask.task == protocol::Task::Generate;
    conversation.keeps = memory->store && generates && desk.keeps();
    if (memory->previous == nullptr)
        co_return Result<void>();
    ResponseDesk::Question question{state.record.client, memory->previousId,
                                    state.services.io.get_executor(), state.responder.abort()};
    auto found = co_await desk.history(std::move(question), ResponseStore::UpTo::Output);
    if (!found)
        co_return fail(found.error());
    if (!*found)
        co_return failField(ErrorCode::PreviousResponseNotFound, "previous_response_id",
                            "Previous response with id '" + memory->previousId.substr(0, 100) +
                                "' not found: this key has made none with this id, or it is no "
                                "longer kept. Send the whole conversation in \"input\".");
    conversation.previousId = memory->previousId;
    conversation.place = (*found)->place;
    conversation.history = std::make_shared<const std::string>(std::move((*found)->items));
    conversation.body = protocol::bodyWithHistory(state.ask, *memory, *conversation.history);
    co_return Result<void>();
}

protocol::KeepResponse keeperOf(ExchangeState& state) {
    if (!state.conversation.keeps)
        return {};
    return [&state](const protocol::FinishedResponse& response) {
        Conversation& conversation = state.conversation;
        KeptResponse kept;
        kept.client = state.record.client;
        kept.id = response.id;
        kept.createdAt = state.record.startedAt;
        kept.previous = conversation.place;
        kept.input = protocol::inputItems(state.ask);
        kept.output = response.output;
        kept.object = response.object;
        kept.history = conversation.history;
        conversation.finished = std::make_shared<const KeptResponse>(std::move(kept));
    };
}

http::Awaitable<void> fileAnswer(ExchangeState& state) {
    if (!state.conversation.finished)
        co_return;
    std::shared_ptr<const KeptResponse> finished = std::move(state.conversation.finished);
    state.conversation.finished.reset();
    const http::Executor io = state.services.io.get_executor();
    const Result<void> filed =
        co_await state.services.responses.keep(finished, io, state.responder.abort());
    if (!filed && filed.error().code != ErrorCode::Cancelled)
        log::write(LogLevel::Warning, "responses.not_kept",
                   {{"id", finished->id},
                    {"why", filed.error().message.text},
                    {"detail", filed.error().detail.text}});
}

}  // namespace gr::gateway
