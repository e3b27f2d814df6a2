// SPDX-License-Identifier: MIT
#include "sidebar.h"

#include <QHBoxLayout>
#include <QListView>
#include <QPainter>
#include <QVBoxLayout>

#include "models/page_list_model.h"
#include "widgets/delegates.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// The program's own sign, drawn from its icon.
class Sign final : public QWidget {
  public:
    explicit Sign(QWidget* parent) : QWidget(parent), m_icon(u":/gaterouter.svg"_s) {
        setFixedSize(28, 28);
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        m_icon.paint(&painter, rect());
    }

  private:
    QIcon m_icon;
};

}  // namespace

Sidebar::Sidebar(QWidget* parent)
    : QFrame(parent),
      m_model(new PageListModel(this)),
      m_delegate(new SidebarDelegate(this)),
      m_list(new QListView(this)),
      m_name(makeLabel(u"GateRouter"_s, "section", this)) {
    setObjectName(u"sidebarPane"_s);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kS, 0, space::kS, space::kS);
    column->setSpacing(space::kXs);
    auto* brand = new QWidget(this);
    brand->setMinimumHeight(size::kHeader);
    auto* brandRow = new QHBoxLayout(brand);
    brandRow->setContentsMargins(space::kS, 0, 0, 0);
    brandRow->setSpacing(10);
    brandRow->addWidget(new Sign(brand));
    brandRow->addWidget(m_name, 1);
    column->addWidget(brand);
    m_list->setModel(m_model);
    m_list->setItemDelegate(m_delegate);
    m_list->setProperty("bare", true);
    m_list->setAccessibleName(tr("Pages"));
    m_list->setMouseTracking(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->viewport()->setAutoFillBackground(false);
    column->addWidget(m_list, 1);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex& now) { emit chosen(static_cast<PageId>(now.row())); });
    setFixedWidth(size::kSidebar);
}

void Sidebar::setCurrent(PageId page) {
    m_list->setCurrentIndex(m_model->index(static_cast<int>(page)));
}

void Sidebar::setNarrow(bool narrow) {
    if (m_narrow == narrow) {
        return;
    }
    m_narrow = narrow;
    m_delegate->setNarrow(narrow);
    m_name->setVisible(!narrow);
    setFixedWidth(narrow ? size::kSidebarNarrow : size::kSidebar);
    m_list->doItemsLayout();
}

}  // namespace gr::ui
